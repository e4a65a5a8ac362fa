"""The contacts pages: list, search, pages, adding, changing, deleting, who may do it."""

import pytest
from django.test import Client
from django.urls import reverse

from marketing.audience.addresses import read_address
from marketing.audience.contacts import Details, add_contact
from marketing.models import Account, AuditLine, Contact, Member, SegmentMember, Standing
from marketing.tenancy import use_account
from tests.making import make_contact, make_segment


def url(name: str, account: Account, *ids: int) -> str:
    return reverse(f"marketing:{name}", args=[account.pk, *ids])


def stored(account: Account) -> list[str]:
    with use_account(account):
        return sorted(Contact.objects.for_account(account).values_list("address", flat=True))


def test_list_shows_people_with_their_consent_and_searches(as_member, rita: Member) -> None:
    acme = rita.account
    with use_account(acme):
        ana = make_contact(acme, "ana@example.test", first_name="Ana", country="FR")
        make_contact(acme, "ben@example.test", last_name="100%_Ben")
        Standing.objects.create(
            account=acme, address_hash=ana.address_hash, newsletter="agreed", tracking="yes"
        )
    client = as_member(rita)
    page = client.get(url("contacts", acme)).content.decode()
    sums = "2 people. 1 agreed, 1 not asked yet, 0 asked without an answer, 0 must not be mailed."
    assert sums in page
    assert "Ana" in page
    assert "France" in page
    assert "Add contact" not in page
    for query, found in [("ANA", 1), ("100%_b", 1), ("%", 1), ("nobody", 0)]:
        answer = client.get(url("contacts", acme), {"q": query})
        assert len(answer.context["rows"]) == found, query
    assert len(client.get(url("contacts", acme), {"consent": "agreed"}).context["rows"]) == 1
    assert len(client.get(url("contacts", acme), {"country": "unknown"}).context["rows"]) == 1
    assert len(client.get(url("contacts", acme), {"tracking": "not_asked"}).context["rows"]) == 1
    assert client.get(url("contacts", acme), {"q": "\0", "country": "\0"}).status_code == 200


@pytest.mark.parametrize(
    ("standing", "consent"),
    [
        ({"newsletter": "refused"}, "refused"),
        ({"newsletter": "unsubscribed"}, "unsubscribed"),
        ({"newsletter": "withdrew"}, "withdrew"),
        ({"asked_at": "2026-01-01T00:00Z"}, "no_answer"),
        ({"newsletter": "agreed", "suppressed": "bounce"}, "bounced"),
        ({"newsletter": "agreed", "suppressed": "member"}, "blocked"),
        ({}, "not_asked"),
    ],
)
def test_each_person_is_under_exactly_one_pill(
    as_member, rita: Member, ana: Contact, standing: dict, consent: str
) -> None:
    with use_account(rita.account):
        Standing.objects.create(account=rita.account, address_hash=ana.address_hash, **standing)
    page = as_member(rita).get(url("contacts", rita.account), {"consent": consent})
    assert [row.consent for row in page.context["rows"]] == [consent]
    assert [pill["count"] for pill in page.context["pills"]] == [1, 1]


def test_account_without_contacts_is_shown_two_ways_in_and_no_filters(
    as_member, emil: Member, rita: Member
) -> None:
    address = url("contacts", emil.account)
    page = as_member(emil).get(address).content.decode()
    assert "Nobody yet." in page
    assert "Import a file, or add one person by hand." in page
    assert 'role="search"' not in page
    assert "Import contacts" not in as_member(rita).get(address).content.decode()
    nobody = as_member(rita).get(address, {"q": "ana"}).content.decode()
    assert "Nothing matches these filters." in nobody
    assert 'role="search"' in nobody


def test_pages_go_forth_and_back_without_losing_anybody(as_member, rita: Member) -> None:
    acme = rita.account
    with use_account(acme):
        for number in range(120):
            make_contact(acme, f"p{number:03}@example.test")
    client = as_member(rita)
    first = client.get(url("contacts", acme))
    second = client.get(url("contacts", acme) + first.context["next_url"])
    third = client.get(url("contacts", acme) + second.context["next_url"])
    seen = [row.address for page in (first, second, third) for row in page.context["rows"]]
    assert len(set(seen)) == len(seen) == 120
    assert not third.context["next_url"]
    back = client.get(url("contacts", acme) + third.context["previous_url"])
    assert [row.id for row in back.context["rows"]] == [row.id for row in second.context["rows"]]
    start = client.get(url("contacts", acme) + back.context["previous_url"])
    assert [row.id for row in start.context["rows"]] == [row.id for row in first.context["rows"]]
    assert not start.context["previous_url"]


def test_list_asks_the_same_few_queries_however_many_people(
    as_member, rita: Member, django_assert_num_queries
) -> None:
    with use_account(rita.account):
        for number in range(30):
            make_contact(rita.account, f"p{number}@example.test")
    client = as_member(rita)
    # session, user, member; savepoint, account setting; segments, kept counts, page;
    # memberships of the switcher; release, setting off (the test's own transaction)
    with django_assert_num_queries(12):
        client.get(url("contacts", rita.account))


def test_added_contact_is_stored_once_and_the_second_time_pointed_at(
    as_member, emil: Member
) -> None:
    client = as_member(emil)
    data = {"address": " Ana@Example.TEST", "first_name": "Ana", "country": "FR"}
    answer = client.post(url("contact_add", emil.account), data)
    assert answer.status_code == 302
    again = client.post(url("contact_add", emil.account), data)
    assert again.status_code == 422
    assert "already" in again.content.decode()
    assert stored(emil.account) == ["Ana@example.test"]
    emil.account.refresh_from_db()
    assert emil.account.strict_unknown is True


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"address": "ana@"}, "The part after the @ sign is missing."),
        ({"address": ""}, "This field is required."),
        ({"address": "a@example.test", "country": "XX"}, "Select a valid choice."),
        ({"address": "a@example.test", "language": "english"}, "Write a language code"),
        ({"address": "a@example.test", "basis": "existing_customer"}, "Confirm the basis"),
        ({"address": "a@example.test", "basis": "implied"}, "say when"),
    ],
)
def test_wrong_input_is_explained_at_the_field_and_nothing_is_lost(
    as_member, emil: Member, data: dict[str, str], sentence: str
) -> None:
    data = {"first_name": "<b>Ana</b>"} | data
    answer = as_member(emil).post(url("contact_add", emil.account), data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert sentence in page
    assert "&lt;b&gt;Ana&lt;/b&gt;" in page
    assert stored(emil.account) == []


def test_country_that_loosens_the_rule_needs_an_admin_and_is_audited(
    as_member, emil: Member, adam: Member
) -> None:
    acme = emil.account
    with use_account(acme):
        hans = make_contact(acme, "hans@example.test", country="DE")
    data = {"first_name": "Hans", "country": "US"}
    refused = as_member(emil).post(url("contact_edit", acme, hans.pk), data)
    assert refused.status_code == 422
    assert "an admin has to make this change" in refused.content.decode()
    assert as_member(adam).post(url("contact_edit", acme, hans.pk), data).status_code == 302
    with use_account(acme):
        hans.refresh_from_db()
        line = AuditLine.objects.for_account(acme).get()
    assert (hans.country, hans.first_name) == ("US", "Hans")
    assert (line.act, line.before, line.after) == ("country.loosened", "Germany", "United States")


def test_stricter_country_needs_no_admin(as_member, emil: Member, ana: Contact) -> None:
    answer = as_member(emil).post(url("contact_edit", emil.account, ana.pk), {"country": "DE"})
    assert answer.status_code == 302
    emil.account.refresh_from_db()
    assert emil.account.strict_unknown is True


def test_deleted_contact_is_forgotten_and_its_standing_is_not(
    as_member, emil: Member, ana: Contact
) -> None:
    acme = emil.account
    with use_account(acme):
        Standing.objects.create(
            account=acme, address_hash=ana.address_hash, newsletter="unsubscribed"
        )
    client = as_member(emil)
    assert client.get(url("contact_delete", acme, ana.pk)).status_code == 200
    assert stored(acme) == ["ana@example.test"]
    assert client.post(url("contact_delete", acme, ana.pk)).status_code == 302
    assert stored(acme) == []
    with use_account(acme):
        again = add_contact(acme, read_address("ana@example.test"), Details(), source="test")
    page = client.get(url("contact", acme, again.pk)).content.decode()
    assert "Unsubscribed" in page


def test_block_and_unblock_are_acts_of_the_ledger(as_member, emil: Member, ana: Contact) -> None:
    acme = emil.account
    client = as_member(emil)
    for act, suppressed in [("block", "member"), ("unblock", "")]:
        answer = client.post(reverse(f"consent:contact_{act}", args=[acme.pk, ana.pk]))
        assert answer.status_code == 302
        with use_account(acme):
            standing = Standing.objects.for_account(acme).get(address_hash=ana.address_hash)
        assert standing.suppressed == suppressed
    timeline = client.get(reverse("consent:contact_timeline", args=[acme.pk, ana.pk]))
    assert [item.title for item in timeline.context["items"]] == [
        "Unblocked: newsletter",
        "Blocked: newsletter",
    ]


def test_ticked_people_join_a_fixed_list_and_strangers_do_not(
    as_member, emil: Member, ana: Contact, velo: Account
) -> None:
    acme = emil.account
    with use_account(velo):
        stranger = make_contact(velo, "stranger@example.test")
    with use_account(acme):
        friends = make_segment(acme, "Friends", kind="fixed")
    data = {"segment": friends.pk, "contact": [ana.pk, ana.pk, stranger.pk, "x", "9" * 30]}
    assert as_member(emil).post(url("contacts_add_to_segment", acme), data).status_code == 302
    with use_account(acme):
        members = SegmentMember.objects.for_account(acme).values_list("contact_id", flat=True)
        assert list(members) == [ana.pk]


def test_segment_is_made_from_rules_and_counts_its_people(
    as_member, emil: Member, ana: Contact
) -> None:
    acme = emil.account
    client = as_member(emil)
    rules = {"rule-TOTAL_FORMS": "3", "rule-INITIAL_FORMS": "0"}
    empty = client.post(url("segment_add", acme), rules | {"name": "US", "kind": "rules"})
    assert empty.status_code == 422
    assert "Add at least one rule." in empty.content.decode()
    rules |= {"rule-0-field": "country", "rule-0-operator": "is", "rule-0-value": "United States"}
    assert (
        client.post(url("segment_add", acme), rules | {"name": "US", "kind": "rules"}).status_code
        == 302
    )
    page = client.get(url("segments", acme))
    assert [(s.name, text, count) for s, text, count, _ in page.context["rows"]] == [
        ("US", "Country is United States", 1)
    ]
    twice = client.post(url("segment_add", acme), rules | {"name": "US", "kind": "rules"})
    assert twice.status_code == 422


GETS = ["contacts", "contact_add", "segments", "segment_add"]
OF_CONTACT = ["contact", "contact_edit", "contact_delete"]


@pytest.mark.parametrize("name", GETS + OF_CONTACT)
def test_stranger_gets_404_and_anonymous_the_login(
    client: Client, as_member, rolf: Member, ana: Contact, name: str
) -> None:
    ids = [ana.pk] if name in OF_CONTACT else []
    address = url(name, ana.account, *ids)
    assert client.get(address).status_code == 302
    assert as_member(rolf).get(address).status_code == 404
    if ids:
        own = url(name, rolf.account, *ids)
        assert as_member(rolf).get(own).status_code == 404
        assert as_member(rolf).post(own).status_code in {404, 405}
    assert stored(ana.account) == ["ana@example.test"]


@pytest.mark.parametrize("name", ["contact_add", "contact_edit", "contact_delete", "segment_add"])
def test_viewer_can_not_write(as_member, rita: Member, ana: Contact, name: str) -> None:
    ids = [ana.pk] if name in OF_CONTACT else []
    data = {"address": "x@example.test", "name": "x", "kind": "everybody"}
    answer = as_member(rita).post(url(name, rita.account, *ids), data)
    assert answer.status_code == 404
    assert stored(rita.account) == ["ana@example.test"]
