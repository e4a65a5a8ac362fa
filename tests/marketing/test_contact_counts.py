"""Search, counts and pages of many contacts: right at every moment, and in the account only."""

import pytest
from django.db import connection
from django.db.utils import DataError, ProgrammingError
from django.urls import reverse

from consent.ledger.recording import append
from consent.ledger.suppressing import lift, suppress
from marketing.audience.showing.counting import by_consent, kinds_of
from marketing.audience.showing.search import MOST, searched
from marketing.models import Account, Contact, ContactCount, Member
from marketing.tenancy import no_account, use_account
from tests.consent.making import make_entry
from tests.making import make_contact


def counts(account: Account) -> dict[str, int]:
    with use_account(account):
        return by_consent(kinds_of(account))


def recounted(account: Account) -> dict[str, int]:
    with use_account(account), connection.cursor() as cursor:
        cursor.execute(
            """SELECT contact_consent(c.basis, s.newsletter, s.asked_at IS NOT NULL, s.suppressed),
                      count(*)
               FROM contact c LEFT JOIN standing s
                   ON s.account_id = c.account_id AND s.address_hash = c.address_hash
               WHERE c.account_id = %s GROUP BY 1""",
            [account.pk],
        )
        return dict(cursor.fetchall())


def make_many(account: Account, number: int, first: int = 0) -> None:
    """Contacts in one statement; call inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO contact (account_id, address, address_key, address_hash, first_name,
                   last_name, country, language, fields, search_text, basis, basis_evidence,
                   basis_attested, source, created_at, changed_at)
               SELECT %s, a, a, sha256(a::bytea), 'Kim', '', '', '', '{}', 'kim ' || a, '', '',
                   false, '', now(), now()
               FROM (SELECT format('p%%s@example.test', n) AS a
                     FROM generate_series(%s, %s) n) made""",
            [account.pk, first, first + number - 1],
        )


def test_counts_follow_every_act_of_a_person_and_of_a_member(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        make_contact(acme, "ben@example.test", basis="implied")
    assert counts(acme) == {"not_asked": 1, "customer": 1}
    acts = [
        ("asked", "request_mail", "no_answer"),
        ("agreed", "button", "agreed"),
        ("withdrew", "one_click", "unsubscribed"),
    ]
    for event, act, consent in acts:
        with use_account(acme):
            append(acme.pk, [make_entry(event, act)])
        assert counts(acme) == {consent: 1, "customer": 1}
    for reason, consent in [("bounce", "bounced"), ("member", "bounced")]:
        with use_account(acme):
            suppress(acme.pk, [bytes(ana.address_hash)], reason)
        assert counts(acme) == {consent: 1, "customer": 1} == recounted(acme)
    with use_account(acme):
        lift(acme.pk, [bytes(ana.address_hash)], "bounce")
    assert counts(acme) == {"blocked": 1, "customer": 1} == recounted(acme)
    with use_account(acme):
        Contact.objects.for_account(acme).all().delete()
    assert counts(acme) == {}


def test_contact_made_again_is_counted_as_the_address_said(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry("refused", "button")])
        ana.delete()
        make_contact(acme, "ana@example.test")
    assert counts(acme) == {"refused": 1}


def test_saving_an_old_copy_of_a_contact_does_not_undo_what_the_person_said(
    acme: Account, ana: Contact
) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry("agreed", "button")])
        assert ana.consent == "not_asked"
        ana.basis = "implied"
        ana.save()
    assert counts(acme) == {"agreed": 1}


def test_deltas_are_folded_and_the_sums_stay(acme: Account) -> None:
    with use_account(acme):
        for number in range(520):
            make_many(acme, 1, first=number)
        assert ContactCount.objects.for_account(acme).count() < 100
    assert counts(acme) == {"not_asked": 520} == recounted(acme)


def test_infix_is_found_and_another_accounts_people_are_not(
    acme: Account, velo: Account, ana: Contact
) -> None:
    with use_account(velo):
        make_contact(velo, "ana@example.test", first_name="Ana")
    for term in ("ana@ex", "NA@exam", "an", "A", "example.test"):
        with use_account(acme):
            found = searched(term)
            people = Contact.objects.raw(
                f"SELECT * FROM contact c WHERE {found.condition}", list(found.parameters)
            )
            assert [contact.pk for contact in people] == [ana.pk], term
            assert found.is_complete
    with use_account(acme):
        assert searched("xample_test").parameters == ([],)
        assert searched("na").parameters == ([],)


def test_search_without_an_account_raises(acme: Account) -> None:
    with pytest.raises((ProgrammingError, DataError)), no_account(), connection.cursor() as cursor:
        cursor.execute("SELECT contact_search(%s, 10)", ["ana"])


def test_frequent_term_shows_pages_without_counting(as_member, rita: Member) -> None:
    with use_account(rita.account):
        make_many(rita.account, MOST + 30)
    client = as_member(rita)
    url = reverse("marketing:contacts", args=[rita.account_id])
    page = client.get(url, {"q": "kim"})
    assert len(page.context["rows"]) == 50
    assert page.context["range"] == "50 of many"
    assert {pill["count"] for pill in page.context["pills"]} == {None}
    assert page.context["next_url"]
    assert len(client.get(url, {"q": "ki"}).context["rows"]) == 50
    few = client.get(url, {"q": "p1029@"})
    assert few.context["range"] == "1 person"
    assert [pill["count"] for pill in few.context["pills"]] == [1, 1]


def test_pills_and_countries_come_from_kept_counts_under_every_filter(
    as_member, rita: Member
) -> None:
    acme = rita.account
    with use_account(acme):
        make_contact(acme, "a@example.test", country="FR")
        make_contact(acme, "b@example.test", country="DE")
        append(acme.pk, [make_entry("agreed", "button", "b@example.test")])
        append(acme.pk, [make_entry("agreed", "button", "b@example.test", purpose="tracking")])
    url = reverse("marketing:contacts", args=[acme.pk])
    client = as_member(rita)
    for query, sums in [
        ({}, [2, 1, 1]),
        ({"country": "FR"}, [1, 1]),
        ({"tracking": "yes"}, [1, 1]),
        ({"country": "FR", "tracking": "yes"}, [0]),
        ({"q": "example", "country": "DE"}, [1, 1]),
    ]:
        page = client.get(url, query)
        assert [pill["count"] for pill in page.context["pills"]] == sums, query
        assert page.context["facts"].startswith("2 people. 1 agreed, 1 not asked yet, 0 asked")
    countries = client.get(url).context["selects"][0]["options"]
    assert [value for value, _, _ in countries] == ["", "FR", "DE"]
