"""Two presses at the same moment make one record; two people's answers make one chain."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from consent.forms.versions import standard_form
from consent.ledger import chain
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
