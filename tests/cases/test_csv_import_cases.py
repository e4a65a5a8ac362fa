"""csv/expected.json, the part with a database: created, merged, kept out, errors, contacts."""

from datetime import UTC, datetime
from typing import Any

import pytest

from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Account, Contact, Standing
from marketing.tenancy import use_account
from tests.cases.files import cases_file, cases_json
from tests.consent.importing_files import people_of, run_import
from tests.making import make_contact

pytestmark = pytest.mark.django_db
FILES = {case["file"]: case for case in cases_json("csv/expected.json")["files"]}
IMPORTED = [case for case in FILES.values() if not case["stop"] and "either" not in case]
AT = datetime(2026, 5, 1, tzinfo=UTC)
ACTS: dict[str, dict[str, Any]] = {
    "unsubscribed": {"event": "withdrew", "act": "one_click"},
    "complained": {"event": "complained", "act": "server"},
    "refused": {"event": "refused", "act": "button"},
}


def content_of(case: dict[str, Any]) -> bytes:
    return cases_file(f"csv/{case['file']}").read_bytes()


def confirmed(case: dict[str, Any]) -> str:
    known_by = case["encoding_known_by"] or ""
    return case["encoding"] if known_by.startswith("confirmed") else ""


def remember_who_left(account: Account, given: list[dict[str, str]]) -> None:
    with use_account(account):
        for person in given:
            contact = make_contact(account, person["email"])
            hashed = bytes(contact.address_hash)
            append(account.pk, [Entry(address_hash=hashed, at=AT, **ACTS[person["state"]])])


@pytest.mark.parametrize("case", IMPORTED, ids=lambda case: case["file"])
def test_file_is_imported_as_the_case_says(acme: Account, case: dict[str, Any]) -> None:
    remember_who_left(acme, case.get("given", []))
    imported = run_import(acme, content_of(case), encoding=confirmed(case))
    assert imported.state == "finished"
    assert imported.created == case["contacts_created"]
    assert imported.merged == case["merged"]
    assert imported.kept_out == case.get("kept_out", 0)
    assert imported.errors == len(case["row_errors"])
    assert imported.position == case["rows_read"]
    told = [line for line in imported.report if line["kind"] == "error"]
    assert [{k: line[k] for k in ("record", "line", "reason")} for line in told] == case[
        "row_errors"
    ]
    merged = [line for line in imported.report if line["kind"] == "merged"]
    for line, expected in zip(merged, case.get("merged_rows", []), strict=True):
        assert (line["record"], line["line"]) == (expected["record"], expected["line"])
        assert line["into_record"] == expected["into_record"]
    for expected in [*(case["contacts"] or []), *case.get("contacts_include", [])]:
        assert_contact(people_of(acme)[expected["email"].lower()], expected)


def assert_contact(contact: Contact, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        shown = {
            "email": contact.address,
            "name": " ".join(filter(None, (contact.first_name, contact.last_name))),
            "first_name": contact.first_name,
            "last_name": contact.last_name,
            "country": contact.country or None,
            "flags": value,
        }
        assert shown.get(name, contact.fields.get(name) or type(value)()) == value


def test_same_file_again_creates_nobody(acme: Account) -> None:
    case = FILES["duplicates.csv"]
    run_import(acme, content_of(case))
    again = run_import(acme, content_of(case))
    assert (again.created, again.merged, again.errors) == (0, 4, 0)
    assert len(people_of(acme)) == case["contacts_created"]


def test_who_left_stays_as_they_are_but_for_their_fields(acme: Account) -> None:
    case = FILES["kept-out.csv"]
    remember_who_left(acme, case["given"])
    with use_account(acme):
        before = list(Standing.objects.for_account(acme).order_by("id").values())
    run_import(acme, content_of(case), basis="existing_customer", basis_evidence="order")
    with use_account(acme):
        assert list(Standing.objects.for_account(acme).order_by("id").values()) == before
    people = people_of(acme)
    left = [people[person["email"]] for person in case["given"]]
    assert [contact.basis for contact in left] == ["", "", ""]
    assert sum(bool(contact.first_name) for contact in left) == case["updated"]
    assert people["new@example.test"].basis == "existing_customer"


def test_status_of_the_old_system_excludes_or_holds(acme: Account) -> None:
    case = FILES["status.csv"]
    run_import(acme, content_of(case))
    with use_account(acme):
        blocked = {
            bytes(hashed)
            for hashed in Standing.objects.for_account(acme)
            .filter(suppressed="import")
            .values_list("address_hash", flat=True)
        }
    for address, outcome in case["outcome"].items():
        is_blocked = bytes(people_of(acme)[address].address_hash) in blocked
        assert is_blocked == (not outcome.startswith("claim")), address


def test_ragged_file_changes_nothing_where_bad_rows_are_not_skipped(acme: Account) -> None:
    case = FILES["ragged.csv"]
    imported = run_import(acme, content_of(case), skip_bad_rows=False)
    assert (imported.state, imported.stop_code) == ("stopped", "bad_rows")
    assert [line["reason"] for line in imported.report] == [
        error["reason"] for error in case["row_errors"]
    ]
    assert people_of(acme) == {}
