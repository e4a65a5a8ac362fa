"""Choosing contacts on the list: fixed lists, files, blocking; ticked ones and all of a filter."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from consent.contacts import views_selection
from consent.ledger.recording import append
from consent.models import ConsentRecord
from marketing.audience.exporting import COLUMNS, begin_export, make_export
from marketing.audience.selecting import Selection
from marketing.exporting import running
from marketing.exporting.models import Export
from marketing.models import Account, Contact, Member, SegmentMember, Standing
from marketing.tenancy import use_account
from tests.consent.making import make_entry
from tests.making import make_contact, make_segment


@pytest.fixture(autouse=True)
def state_dir(tmp_path: Path) -> Any:
    with override_settings(STATE_DIR=tmp_path):
        yield tmp_path


@pytest.fixture
def people(acme: Account) -> list[Contact]:
    """Three of France, one of Germany; the first agreed."""
    with use_account(acme):
        made = [
            make_contact(acme, f"{name}@example.test", first_name=name.title(), country=country)
            for name, country in [("ana", "FR"), ("ben", "FR"), ("cleo", "FR"), ("dora", "DE")]
        ]
        append(acme.pk, [make_entry("agreed", "button")])
    return made


def url(name: str, account: Account) -> str:
    return reverse(name, args=[account.pk])


def exported(account: Account, selection: Selection, by: Member) -> list[list[str]]:
    with use_account(account):
        export = begin_export(by, selection)
    make_export(account.pk, export.pk)
    with use_account(account):
        export.refresh_from_db()
    path = running.file_of(export)
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_file_equals_the_screen_under_the_same_filter(
    as_member, emil: Member, people: list[Contact]
) -> None:
    acme = emil.account
    for query in ("", "country=FR", "consent=agreed", "q=example", "q=%25", "country=FR&q=ben"):
        page = as_member(emil).get(f"{url('marketing:contacts', acme)}?{query}")
        rows = exported(acme, Selection(query=query, is_all=True), emil)
        assert [row[0] for row in rows[2:]] == [row.address for row in page.context["rows"]], query
        assert [row[5] for row in rows[2:]] == [row.consent_label for row in page.context["rows"]]


def test_file_opens_with_definitions_and_holds_no_formulas(emil: Member) -> None:
    acme = emil.account
    with use_account(acme):
        fields = {"City": "=1+1", "Tags": ["a", "b"]}
        make_contact(acme, "eve@example.test", first_name="=HYPERLINK(1)", fields=fields)
    definitions, names, row = exported(acme, Selection(is_all=True), emil)
    assert definitions[0] == "Address, as mails go to it"
    assert names == [*(column.name for column in COLUMNS), "assent_export"]
    assert row[1] == "'=HYPERLINK(1)"
    assert row[11] == "City==1+1; Tags=a, b"
    assert row[12] == "1"


def test_export_goes_by_batches_and_a_doubled_bell_makes_no_second_file(
    emil: Member, people: list[Contact], monkeypatch: pytest.MonkeyPatch, state_dir: Path
) -> None:
    monkeypatch.setattr("marketing.audience.exporting.BATCH", 2)
    rows = exported(emil.account, Selection(is_all=True), emil)
    assert len(rows) == 6
    with use_account(emil.account):
        export = Export.objects.for_account(emil.account).get()
    make_export(emil.account_id, export.pk)
    assert (export.state, export.rows) == ("finished", 4)
    assert len(list((state_dir / "exports").rglob("*.csv"))) == 1


def test_export_lands_in_a_toast_whose_page_offers_the_file(
    as_member, emil: Member, people: list[Contact], django_capture_on_commit_callbacks
) -> None:
    acme = emil.account
    client = as_member(emil)
    data = {"contact": [people[0].pk, people[3].pk], "query": "country=FR"}
    answer = client.post(url("marketing:contacts_export", acme), data)
    assert answer.headers["Location"] == f"{url('marketing:contacts', acme)}?country=FR"
    with use_account(acme):
        export = Export.objects.for_account(acme).get()
    page = reverse("marketing:export", args=[acme.pk, export.pk])
    assert page in client.get(answer.headers["Location"]).content.decode()
    assert "every 2s" in client.get(page).content.decode()
    file = reverse("marketing:export_file", args=[acme.pk, export.pk])
    assert client.get(file).status_code == 302
    make_export(acme.pk, export.pk)
    assert file in client.get(page).content.decode()
    sent = client.get(file)
    text = b"".join(sent.streaming_content).decode("utf-8-sig")
    assert "dora@example.test" in text
    assert "ben@example.test" not in text
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="contacts-')


def test_file_of_contacts_is_for_editors_of_the_account(
    as_member, emil: Member, rita: Member, rolf: Member, people: list[Contact]
) -> None:
    with use_account(emil.account):
        export = begin_export(emil, Selection(is_all=True))
    make_export(emil.account_id, export.pk)
    for name in ("marketing:export", "marketing:export_file"):
        for member in (rita, rolf):
            for account in {emil.account_id, member.account_id}:
                address = reverse(name, args=[account, export.pk])
                assert as_member(member).get(address).status_code == 404
    forged = as_member(rita).post(url("marketing:contacts_export", emil.account), {"all": "1"})
    assert forged.status_code == 404


def test_files_go_after_a_week_and_the_page_says_so(
    as_member, emil: Member, people: list[Contact], state_dir: Path
) -> None:
    exported(emil.account, Selection(is_all=True), emil)
    assert running.expire(timezone.now()) == 0
    assert running.expire(timezone.now() + running.KEPT) == 1
    assert list((state_dir / "exports").rglob("*.csv")) == []
    with use_account(emil.account):
        export = Export.objects.for_account(emil.account).get()
    page = as_member(emil).get(reverse("marketing:export", args=[export.account_id, export.pk]))
    assert "The file is gone" in page.content.decode()


def test_export_that_stands_still_is_rung_again(emil: Member) -> None:
    with use_account(emil.account):
        export = begin_export(emil, Selection(is_all=True))
    assert running.silent_exports(timezone.now()) == []
    later = timezone.now() + running.SILENCE * 2
    assert running.silent_exports(later) == [(export.task, export.account_id, export.pk)]


def test_everybody_of_a_filter_joins_a_fixed_list(
    as_member, emil: Member, people: list[Contact]
) -> None:
    acme = emil.account
    with use_account(acme):
        friends = make_segment(acme, "Friends", kind="fixed")
    data = {"segment": friends.pk, "all": "1", "query": "country=FR", "contact": [people[3].pk]}
    as_member(emil).post(url("marketing:contacts_add_to_segment", acme), data)
    with use_account(acme):
        members = SegmentMember.objects.for_account(acme).values_list("contact_id", flat=True)
        assert set(members) == {contact.pk for contact in people[:3]}


def test_block_asks_with_the_number_then_blocks_each_with_a_record(
    as_member, emil: Member, people: list[Contact], django_assert_max_num_queries
) -> None:
    acme, client = emil.account, as_member(emil)
    data = {"all": "1", "query": "country=FR"}
    asked = client.post(url("consent:contacts_block", acme), data)
    assert "Block 3 people?" in asked.content.decode()
    with use_account(acme):
        assert not Standing.objects.for_account(acme).exclude(suppressed="").exists()
    with django_assert_max_num_queries(24):
        client.post(url("consent:contacts_block", acme), data | {"sure": "1"})
    with use_account(acme):
        records = ConsentRecord.objects.for_account(acme).filter(event="blocked")
        assert {record.member_id for record in records} == {emil.pk}
        assert records.count() == 3
    page = client.get(url("marketing:contacts", acme), {"consent": "blocked"})
    assert page.context["range"] == "3 people"
    with django_assert_max_num_queries(34):
        client.post(url("consent:contacts_unblock", acme), {"contact": [c.pk for c in people]})
    page = client.get(url("marketing:contacts", acme))
    assert page.context["facts"].startswith("4 people. 1 agreed, 3 not asked yet")


def test_block_says_when_nobody_or_too_many_were_chosen(
    as_member, emil: Member, people: list[Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_selection, "MOST", 2)
    client, acme = as_member(emil), emil.account
    for data, words in [({}, "Tick somebody."), ({"all": "1"}, "At most 2 people")]:
        answer = client.post(url("consent:contacts_block", acme), data, follow=True)
        assert words in answer.content.decode()


def test_strangers_ids_choose_nobody(as_member, rolf: Member, people: list[Contact]) -> None:
    velo = rolf.account
    data = {"contact": [contact.pk for contact in people], "sure": "1"}
    as_member(rolf).post(url("consent:contacts_block", velo), data)
    with use_account(people[0].account):
        assert not Standing.objects.for_account(people[0].account).exclude(suppressed="").exists()


def test_select_all_names_the_number_and_clears(
    as_member, emil: Member, rita: Member, people: list[Contact]
) -> None:
    address = url("marketing:contacts", emil.account)
    page = as_member(emil).get(address, {"country": "FR"}).content.decode()
    assert "Select all 3" in page
    chosen = as_member(emil).get(address, {"country": "FR", "all": "1"}).content.decode()
    assert "All 3 selected" in chosen
    assert 'name="all" value="1"' in chosen
    assert "Select all" not in as_member(rita).get(address).content.decode()
    assert settings.STATE_DIR
