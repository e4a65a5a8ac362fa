"""Segments as SQL: everybody, fixed lists, rules; in and out."""

import pytest
from django.db import connection
from django.urls import reverse

from marketing.audience.segments import people_of, people_sql
from marketing.models import Account, Contact, Member, Segment, SegmentMember, Standing
from marketing.tenancy import use_account
from tests.making import make_contact, make_segment


@pytest.fixture
def people(acme: Account, velo: Account) -> dict[str, Contact]:
    with use_account(velo):
        make_contact(velo, "stranger@example.test", country="FR")
    with use_account(acme):
        made = {
            "ana": {"country": "US", "first_name": "Ana", "fields": {"city": "Oslo"}},
            "ben": {"country": "FR", "first_name": "Ben", "fields": {"city": "Bern", "age": "7"}},
            "eve": {"country": "", "last_name": "O'Hara", "fields": {"tags": ["VIP", "100%"]}},
        }
        return {
            name: make_contact(acme, f"{name}@example.test", **fields)
            for name, fields in made.items()
        }


def named(account: Account, inside: list[Segment], outside: list[Segment] | None = None) -> str:
    people = people_of(account, inside, outside or [])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT c.address_key FROM contact c WHERE {people.condition} ORDER BY 1",
            list(people.parameters),
        )
        found = [row[0].partition("@")[0] for row in cursor.fetchall()]
    assert people.count() == len(found)
    return " ".join(found)


def ruled(account: Account, *rules: tuple[str, str, str]) -> Segment:
    return make_segment(
        account,
        str(rules),
        kind="rules",
        rules=[{"field": f, "operator": o, "value": v} for f, o, v in rules],
    )


def test_everybody_is_everybody_of_the_account(acme: Account, people: dict[str, Contact]) -> None:
    with use_account(acme):
        assert named(acme, [make_segment(acme)]) == "ana ben eve"


def test_no_segment_is_nobody(acme: Account, people: dict[str, Contact]) -> None:
    with use_account(acme):
        assert named(acme, []) == ""


def test_fixed_list_holds_its_people_and_out_wins_over_in(
    acme: Account, people: dict[str, Contact]
) -> None:
    with use_account(acme):
        fixed = make_segment(acme, "Friends", kind="fixed")
        for name in ("ana", "eve"):
            SegmentMember.objects.create(account=acme, segment=fixed, contact=people[name])
        assert named(acme, [fixed]) == "ana eve"
        assert named(acme, [make_segment(acme)], [fixed]) == "ben"
        assert named(acme, [fixed], [make_segment(acme, "All")]) == ""


@pytest.mark.parametrize(
    ("rule", "found"),
    [
        (("country", "is", "fr"), "ben"),
        (("country", "is_not", "FR"), "ana eve"),
        (("country", "is_empty", ""), "eve"),
        (("country", "is_not_empty", ""), "ana ben"),
        (("city", "is", "oslo"), "ana"),
        (("city", "is_not", "Oslo"), "ben eve"),
        (("city", "starts_with", "be"), "ben"),
        (("age", "after", "5"), "ben"),
        (("tags", "contains", "vip"), "eve"),
        (("tags", "contains", "0%"), "eve"),
        (("tags", "contains", "%1"), ""),
        (("last_name", "is", "o'hara"), "eve"),
        (("address", "starts_with", "an"), "ana"),
        (("newsletter", "is", "agreed"), "ana"),
        (("newsletter", "is_empty", ""), "ben eve"),
        (("added", "after", "2020-01-01"), "ana ben eve"),
        (("added", "before", "2020-01-01"), ""),
        (("no such field'); --", "is", "x"), ""),
    ],
)
def test_rule_finds_its_people(
    acme: Account, people: dict[str, Contact], rule: tuple[str, str, str], found: str
) -> None:
    with use_account(acme):
        Standing.objects.create(
            account=acme, address_hash=people["ana"].address_hash, newsletter="agreed"
        )
        assert named(acme, [ruled(acme, rule)]) == found


def test_all_rules_must_hold_and_a_rule_about_an_empty_field_never_hides_people(
    acme: Account, people: dict[str, Contact]
) -> None:
    with use_account(acme):
        both = ruled(acme, ("country", "is", "FR"), ("city", "is", "Bern"))
        assert named(acme, [both]) == "ben"
        assert named(acme, [make_segment(acme)], [ruled(acme, ("age", "before", "9"))]) == "ana eve"
        assert named(acme, [make_segment(acme, "None", kind="rules")]) == ""


def test_people_by_ids_are_the_same_and_a_foreign_segment_is_nobody(
    acme: Account, velo: Account, people: dict[str, Contact]
) -> None:
    with use_account(velo):
        foreign = make_segment(velo).pk
    with use_account(acme), connection.cursor() as cursor:
        french = ruled(acme, ("country", "is", "FR"))
        everybody = make_segment(acme)
        cursor.execute(*people_sql(acme, [everybody.pk], [french.pk]))
        assert {row[0] for row in cursor.fetchall()} == {people["ana"].pk, people["eve"].pk}
        cursor.execute(*people_sql(acme, [foreign]))
        assert cursor.fetchall() == []


def test_segments_are_told_in_words(as_member, emil: Member) -> None:
    acme = emil.account
    rules = [
        {"field": "country", "operator": "is", "value": "DE"},
        {"field": "town", "operator": "is_not_empty", "value": ""},
    ]
    with use_account(acme):
        make_segment(acme, "Abroad", kind="rules", rules=rules)
        make_segment(acme, "All", kind="everybody")
    page = as_member(emil).get(reverse("marketing:segments", args=[acme.pk])).content.decode()
    assert "Country is Germany and town is not empty" in page
    assert "Everybody you know" in page
    assert "More actions for Abroad" in page
