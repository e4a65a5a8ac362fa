"""Obtained consents as a file: what the list shows under its filters, for those who may."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from consent.ledger.recording import append
from consent.obtained import exporting
from marketing.exporting.running import file_of, folder
from marketing.models import Account, Export, Member
from marketing.tenancy import use_account
from tests.consent.making import make_entry


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def asked(acme: Account) -> Account:
    """Ana was asked and agreed; somebody whose address is a formula was imported."""
    with use_account(acme):
        append(acme.pk, [make_entry("asked", "request_mail"), make_entry("agreed", "button")])
        append(acme.pk, [make_entry("imported", "import_claim", "=bo@example.test")])
    return acme


def posted(client: Any, account: Account, query: str = "") -> Any:
    return client.post(reverse("consent:consents_export", args=[account.pk]), {"query": query})


def rows_of(account: Account) -> list[list[str]]:
    with use_account(account):
        export = Export.objects.for_account(account).latest("id")
    exporting.make_export(account.pk, export.pk)
    with use_account(account):
        export.refresh_from_db()
    path = file_of(export)
    assert path is not None
    assert path.is_relative_to(folder())
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_file_holds_definitions_names_and_every_record(
    asked: Account, emil: Member, as_member: Any
) -> None:
    answer = posted(as_member(emil), asked)
    assert answer.status_code == 302
    definitions, names, *rows = rows_of(asked)
    assert "chain" in definitions[0]
    assert names[:4] == ["record", "time_utc", "email", "event"]
    assert [(row[0], row[3]) for row in rows] == [
        ("3", "Imported"),
        ("2", "Agreed"),
        ("1", "Asked"),
    ]
    assert rows[0][2] == "'=bo@example.test"
    assert rows[1][1].endswith("Z")


def test_the_file_holds_what_the_filters_leave_and_the_list_comes_back_filtered(
    asked: Account, emil: Member, as_member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 1)
    answer = posted(as_member(emil), asked, "event=agreed&days=7")
    assert answer.headers["Location"].endswith("/consents/?event=agreed&days=7")
    assert [row[0] for row in rows_of(asked)[2:]] == ["2"]
    page = as_member(emil).get(answer.headers["Location"]).content.decode()
    assert "The file is being made." in page
    assert 'name="query" value="event=agreed&amp;days=7"' in page


def test_only_editors_export_and_nobody_elses_records(
    asked: Account, rita: Member, rolf: Member, as_member: Any
) -> None:
    assert posted(as_member(rita), asked).status_code == 404
    assert posted(as_member(rolf), asked).status_code == 404
    assert "Export" not in as_member(rita).get(f"/a/{asked.pk}/consents/").content.decode()
    posted(as_member(rolf), rolf.account)
    assert rows_of(rolf.account)[2:] == []
