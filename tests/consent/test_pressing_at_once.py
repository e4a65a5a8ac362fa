"""Two presses at the same moment make one record; two people's answers make one chain."""

import threading
from collections.abc import Callable

import pytest
from django.db import IntegrityError, connection
from django.test import Client

from consent.erasing.erasing import erase
from consent.forms.versions import standard_form
from consent.ledger import chain
from consent.models import ConsentPrivate
from marketing.signing import answer_url
from marketing.tenancy import use_account
from tests.consent.making import make_request, records_of
from tests.making import make_account, make_contact


def at_once(*acts: Callable[[], None]) -> None:
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        barrier.wait()
        act()
        connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def press(url: str, answer: str) -> Callable[[], None]:
    def act() -> None:
        assert Client().post(url, {"answer": answer}).status_code == 200

    return act


@pytest.mark.django_db(transaction=True)
def test_a_double_press_is_one_record() -> None:
    account = make_account("Studio", country="FR", tracking=True)
    with use_account(account):
        standard_form(account)
        asked = make_request(account, make_contact(account, country="FR"))
        other = make_request(account, make_contact(account, "bo@example.test", country="FR"))
    url = answer_url(account.pk, asked.pk)
    at_once(*[press(url, "yes")] * 4, press(answer_url(account.pk, other.pk), "no"))
    assert sorted(records_of(account)) == [
        ("agreed", "newsletter", "button"),
        ("refused", "newsletter", "button"),
        ("refused", "tracking", "box_empty"),
    ]
    assert chain.verify(account.pk) is None


@pytest.mark.django_db(transaction=True)
def test_the_standard_form_is_made_once_by_many() -> None:
    account = make_account("Studio", country="FR")
    made: list[int] = []
    at_once(*[lambda: made.append(standard_form(account).pk)] * 4)
    assert len(set(made)) == 1
    with use_account(account):
        form = standard_form(account)
        assert form.versions.count() == 3


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_a_second_request_for_an_address_also_at_once() -> None:
    account = make_account("Studio", country="FR")
    with use_account(account):
        standard_form(account)
        contact = make_contact(account, country="FR")
    outcomes: list[str] = []

    def ask() -> None:
        try:
            with use_account(account):
                make_request(account, contact)
            outcomes.append("made")
        except IntegrityError as refused:
            outcomes.append(str(refused))

    at_once(*[ask] * 4)
    outcomes.remove("made")
    assert len(outcomes) == 3
    assert all("consent_request_once_per_address" in told for told in outcomes)


@pytest.mark.django_db(transaction=True)
def test_erasing_while_somebody_answers_keeps_one_chain_and_no_address() -> None:
    account = make_account("Studio", country="FR")
    with use_account(account):
        standard_form(account)
        contact = make_contact(account, country="FR")
        asked = make_request(account, contact)
    address_hash = bytes(contact.address_hash)

    def forget() -> None:
        with use_account(account):
            erase(account, address_hash)

    url = answer_url(account.pk, asked.pk)

    def press_yes() -> None:
        assert Client().post(url, {"answer": "yes"}).status_code in (200, 404)

    at_once(forget, press_yes)
    with use_account(account):
        held = ConsentPrivate.objects.for_account(account).filter(kind="address", deleted_at=None)
        assert not held.exists()
    assert chain.verify(account.pk) is None
