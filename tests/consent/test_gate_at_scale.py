"""What the gate computes in another way for a million people equals its plain definition."""

from collections import Counter
from typing import Any

from django.db import connection

from consent.gate import Question, counts, people_of_contacts, verdicts
from marketing.models import Account, CountryRule, Standing
from marketing.tenancy import use_account
from tests.making import make_account, make_contact

EVERYBODY = people_of_contacts("true")


def question(account: Account, *, require: bool = False) -> Question:
    return Question(account_id=account.pk, campaign_id=1, require_consent=require)


def test_the_tracking_class_of_the_gate_is_that_of_the_function_in_every_country(acme):
    listed = set(CountryRule.objects.values_list("country", flat=True)) - {"*"}
    with use_account(acme):
        for country in [*sorted(listed), "", "ZZ"]:
            make_contact(acme, f"p{country}@example.test".lower(), country=country)
    for own in [*sorted(listed), "ZZ"]:
        for strict in (False, True):
            Account.objects.filter(pk=acme.pk).update(country=own, strict_unknown=strict)
            with use_account(acme), connection.cursor() as cursor:
                cursor.execute(
                    f"""SELECT v.country, v.track_class, track_class(a.country, a.strict_unknown,
                            v.country)
                        FROM {verdicts(EVERYBODY)} v JOIN account a ON a.id = %(gate_account)s""",
                    question(acme).params(),
                )
                found = cursor.fetchall()
            assert len(found) == len(listed) + 2
            assert [row for row in found if row[1] != row[2]] == []


def test_counting_kinds_of_people_gives_the_sums_of_the_single_verdicts(db):
    account = make_account("Counted", country="US")
    said: list[dict[str, Any]] = [
        {},
        {"newsletter": "agreed", "newsletter_imported": True, "tracking": "yes"},
        {"newsletter": "agreed", "tracking": "no"},
        {"newsletter": "withdrew"},
        {"suppressed": "bounce"},
        {"asked_at": "2026-01-01T00:00Z", "asked_campaign_id": 9},
    ]
    with use_account(account):
        for number in range(60):
            contact = make_contact(
                account,
                f"p{number}@example.test",
                country=("US", "DE", "FR", "", "ZZ")[number % 5],
                basis="existing_customer" if number % 3 == 0 else "",
                basis_evidence="order" if number % 3 == 0 else "",
                basis_attested=number % 3 == 0,
            )
            if fields := said[number % len(said)]:
                Standing.objects.create(
                    account=account, address_hash=contact.address_hash, **fields
                )
    for require in (False, True):
        columns = "v.verdict, v.reason, v.imported, v.country, v.strict, v.track_class"
        params = question(account, require=require).params()
        with use_account(account), connection.cursor() as cursor:
            cursor.execute(f"SELECT {columns}, 1 FROM {verdicts(EVERYBODY)} v", params)
            single = _added_up(cursor.fetchall())
            cursor.execute(f"SELECT {columns}, v.people FROM {counts(EVERYBODY)} v", params)
            assert _added_up(cursor.fetchall()) == single
        assert sum(single.values()) == 60


def _added_up(rows: list[tuple]) -> Counter:
    counted: Counter = Counter()
    for *kind, people in rows:
        counted[tuple(kind)] += people
    return counted
