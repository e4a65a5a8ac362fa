"""Excel workbooks as uploads: what people see becomes rows, hostile files become a sentence."""

import io
from collections.abc import Sequence
from datetime import date, datetime, time
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from openpyxl import Workbook
from openpyxl.xml import DEFUSEDXML

from consent.importing.stopping import Stopped
from consent.importing.workbooks import bombs, converting
from consent.importing.workbooks.converting import as_csv, is_workbook
from consent.models import Import
from marketing.models import Contact, Member
from marketing.tenancy import use_account

SEEN = datetime(2026, 1, 2, 3, 4, 5)  # noqa: DTZ001 - cells know no zone


def workbook(*sheets: Sequence[Sequence[Any]]) -> bytes:
    book = Workbook(write_only=True)
    for rows in sheets:
        sheet = book.create_sheet()
        for row in rows:
            sheet.append(list(row))
    return saved(book)


def saved(book: Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def lines(content: bytes) -> list[str]:
    return as_csv(content).decode("utf-8-sig").splitlines()


def repacked(content: bytes, **members: bytes) -> bytes:
    """The workbook with some members replaced or added; underscores stand for path and dot."""
    names = {name.replace("__", "/").replace("_xml", ".xml"): to for name, to in members.items()}
    file = io.BytesIO()
    with ZipFile(io.BytesIO(content)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for item in old.infolist():
            if item.filename not in names:
                new.writestr(item.filename, old.read(item))
        for name, to in names.items():
            new.writestr(name, to)
    return file.getvalue()


def test_cells_become_what_people_see() -> None:
    rows: list[list[Any]] = [
        ["email", "age", "share", "member", "since", "seen", "at", "note"],
        ["ana@example.test", 41.0, 0.5, True, date(2026, 1, 2), None, time(9, 5), "a\nb, c"],
        ["bo@example.test", 7, None, False, SEEN],
    ]
    assert lines(workbook(rows)) == [
        "email,age,share,member,since,seen,at,note",
        'ana@example.test,41,0.5,TRUE,2026-01-02,,09:05:00,"a b, c"',
        "bo@example.test,7,,FALSE,2026-01-02 03:04:05,,,",
    ]


def test_row_of_the_sheet_is_the_line_of_the_file() -> None:
    found = lines(workbook([["email"], [], ["ana@example.test"], [], []]))
    assert (found[0], found[2], len(found)) == ("email", "ana@example.test", 3)


def test_first_sheet_with_anything_in_it_counts() -> None:
    assert lines(workbook([], [["email"], ["ana@example.test"]], [["other"]]))[0] == "email"
    with pytest.raises(Stopped, match="no rows"):
        as_csv(workbook([]))


def test_workbook_is_known_by_its_bytes() -> None:
    assert is_workbook(workbook([["email"]]))
    assert not is_workbook(b"email\nana@example.test\n")
    with pytest.raises(Stopped, match="old Excel file"):
        is_workbook(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")


def test_too_long_and_too_wide_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(converting, "MOST_ROWS", 2)
    three = workbook([["email"], *([f"p{number}@example.test"] for number in range(3))])
    with pytest.raises(Stopped, match="may hold 2 rows"):
        as_csv(three)
    with pytest.raises(Stopped, match="more than 500 columns"):
        as_csv(workbook([[*([None] * 16_000), "far away"]]))


def test_bombs_are_refused_before_they_are_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    good = workbook([["email"], ["ana@example.test"]])
    zeros = repacked(good, xl__media__a_xml=b"0" * (bombs.MOST_UNPACKED + 1))
    assert len(zeros) < 1 << 20
    with pytest.raises(Stopped, match="Save a larger one as CSV"):
        as_csv(zeros)
    assert DEFUSEDXML
    entities = b"""<?xml version="1.0"?><!DOCTYPE s [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
        <worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row></sheetData></worksheet>"""
    with pytest.raises(Stopped, match="no Excel workbook"):
        as_csv(repacked(good, xl__worksheets__sheet1_xml=entities))
    # One string in many cells is small as a file and large as text.
    monkeypatch.setattr(converting, "MOST_MB", 1)
    with pytest.raises(Stopped, match="larger than 1 MB"):
        as_csv(workbook([["x" * 30_000] * 40]))


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"PK\x03\x04" + b"x" * 500], ids=["cut", "rubbish"]
)
def test_broken_files_are_no_workbooks(content: bytes) -> None:
    with pytest.raises(Stopped, match="no Excel workbook"):
        as_csv(content)


def test_archive_of_something_else_is_no_workbook() -> None:
    file = io.BytesIO()
    with ZipFile(file, "w") as packed:
        packed.writestr("word/document.xml", "<a/>")
    with pytest.raises(Stopped, match="no Excel workbook"):
        as_csv(file.getvalue())


def test_workbook_goes_through_the_pages(as_member: Any, emil: Member) -> None:
    acme, client = emil.account, as_member(emil)
    rows: list[list[Any]] = [["E-Mail", "Vorname", "Einwilligung"]]
    rows += [["mia@example.test", "Mia", date(2026, 1, 2)], ["anna@", "Anna"]]
    file = SimpleUploadedFile("fair.xlsx", workbook(rows))
    page = client.post(reverse("consent:import", args=[acme.pk]), {"file": file}, follow=True)
    assert "fair.xlsx, 2 rows, Excel" in page.content.decode()
    origin = page.redirect_chain[-1][0]
    columns = client.post(origin, {"source": "Fair", "attested": "on"}, follow=True)
    assert "mia@example.test" in columns.content.decode()
    with use_account(acme):
        draft = Import.objects.for_account(acme).get()
    assert draft.columns == {
        "E-Mail": "email",
        "Vorname": "first_name",
        "Einwilligung": "consent_at",
    }
    check = client.get(reverse("consent:import_check", args=[acme.pk, draft.pk]))
    found = check.context["forecast"]
    assert (found.created, found.errors, found.proved) == (1, 1, 1)
    assert found.faulty[0]["line"] == 3
    with use_account(acme):
        assert not Contact.objects.for_account(acme).exists()


def test_hostile_workbook_is_told_at_the_field(as_member: Any, emil: Member) -> None:
    file = SimpleUploadedFile("fair.xlsx", b"PK\x03\x04rubbish")
    answer = as_member(emil).post(reverse("consent:import", args=[emil.account_id]), {"file": file})
    assert answer.status_code == 422
    assert "Nothing was imported. This is no Excel workbook" in answer.content.decode()
