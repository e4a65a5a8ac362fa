"""Uploads that were made to hurt: refused with a sentence, in time, and no import ever stuck."""

import io
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, timedelta
from typing import Any, Final

import pytest
from django.utils import timezone

from consent.erasing.staged import _without
from consent.importing import columns, reading, rows
from consent.importing.forms import OriginForm
from consent.importing.stopping import Stopped
from consent.importing.workbooks import bombs
from consent.importing.workbooks.converting import as_csv
from marketing.audience.forms import AddContactForm, RuleFormSet
from marketing.models import Account
from tests.consent.importing_files import people_of, run_import
from tests.consent.test_import_workbooks import repacked, workbook
from tests.hostile import grows_with_its_length, seconds

GOOD: Final = workbook([["email", "city"], ["ana@example.test", "Lyon"], ["bo@example.test", ""]])
SHEET: Final = "xl__worksheets__sheet1_xml"
MANY: Final = 1_000_000


def sheet(inside: bytes) -> bytes:
    space = b'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    return b"<worksheet " + space + b"><sheetData>" + inside + b"</sheetData></worksheet>"


def attributes() -> bytes:
    return b"<row><c " + b" ".join(b'a%d=">"' % number for number in range(MANY)) + b"/></row>"


BOMBS: Final[dict[str, Callable[[], bytes]]] = {
    "cells of a row": lambda: sheet(b"<row>" + b"<c/>" * MANY + b"</row>"),
    "cells between rows that are none": lambda: sheet(
        b"<row>" + b"".join([*[b"<c/>" * 9_000, b"<!--<row >-->"] * 30]) + b"</row>"
    ),
    "cells in wide letters": lambda: sheet(b"<row>" + b"<c/>" * MANY).decode().encode("utf-16"),
    "cells in letters of a mainframe": lambda: ("<?xml version='1.0'?>" + "<c/>" * MANY).encode(
        "cp037"
    ),
    "attributes of a cell": lambda: sheet(attributes()),
    "depth": lambda: sheet(b"<a>" * MANY),
    "merged cells": lambda: sheet(b'</sheetData><mergeCell ref="A1:B2"/>' * MANY),
    "rows": lambda: sheet(b"<row/>" * 3 * MANY),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_small_workbook_that_unfolds_to_very_much_is_never_read(bomb: str) -> None:
    content = repacked(GOOD, **{SHEET: BOMBS[bomb]()})
    assert len(content) < 4 << 20
    assert bombs.is_bomb(content)
    with pytest.raises(Stopped, match="Save a larger one as CSV"):
        as_csv(content)


def test_a_large_workbook_of_people_is_no_bomb() -> None:
    wide = [["email", *(f"field {number}" for number in range(499))]]
    people = wide + [
        [f"p{number}@example.test", *["long & wide < " * 50] * 20] for number in range(500)
    ]
    assert not bombs.is_bomb(workbook(people))
    assert not bombs.is_bomb(workbook([["email", "note"], ["ana@example.test", "é<&" * 10_000]]))


def test_damaged_workbooks_are_read_or_refused_with_a_sentence() -> None:
    chance, said = random.Random(7), set()
    for _ in range(300):
        damaged = bytearray(GOOD)
        for _ in range(chance.choice((1, 3, 20))):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        cut = bytes(damaged[: chance.choice((len(damaged), chance.randrange(len(damaged)) + 4))])
        try:
            as_csv(cut)
        except Stopped as stopped:
            said.add(stopped.code)
    assert "no_workbook" in said


def surveyed(content: str) -> None:
    with suppress(Stopped):
        reading.survey(io.BytesIO(content.encode()))


@pytest.mark.parametrize("before", ["", "email,city\n"])
def test_a_file_is_looked_through_in_the_time_of_its_length(before: str) -> None:
    pieces = (
        '"',
        '""',
        '"a',
        "\n",
        '"\n',
        '"a\nb",\n',
        ",",
        ",\n",
        "\r",
        ";",
        "a",
        "|\t,;",
        '"a"b\n',
    )
    slow = [
        piece
        for piece in pieces
        if not grows_with_its_length(lambda text: surveyed(before + text), piece, 20_000)
    ]
    assert slow == []


def test_a_line_cell_or_row_of_many_megabytes_is_refused_at_once() -> None:
    for content in ("a" * 20_000_000, '"' + "a\n" * 9_000_000, '"' * 20_000_000, "," * 20_000_000):
        assert seconds(lambda content=content: surveyed(f"email\n{content}\n")) < 5  # type: ignore[misc]
    with pytest.raises(Stopped, match="longer than 200"):
        reading.survey(io.BytesIO(b"email" + b",a" * 1_000_000))


def test_names_of_columns_hold_nothing_that_cannot_be_seen_or_stored() -> None:
    file = io.BytesIO("email,a\0b,\u202ecity\u200b\na@example.test,1,2\n".encode())
    assert reading.survey(file).shape.header == ("email", "ab", "city")
    # Letters that become eighteen each when they are compared.
    assert seconds(lambda: columns.proposed_mapping(["\ufdfa" * 200] * 500)) < 3


@pytest.mark.django_db
def test_one_row_that_cannot_be_read_keeps_no_import_from_its_end(acme: Account) -> None:
    agreed = (
        "0001-01-01",
        "9999-12-31T23:59-12:00",
        "0001-01-01T00:00+14:00",
        "1.1.0001",
        "1969-07-20",
    )
    file = "email,consent_at,tags,ci\0ty\n" + "".join(
        f"p{number}@example.test,{day},,\n" for number, day in enumerate(agreed)
    )
    file += 'lines@example.test,,"one, two\nthree, ""four\r\nfive""",x\u202e\n'
    imported = run_import(acme, file)
    assert (imported.state, imported.errors, imported.created) == ("finished", len(agreed), 1)
    told = {line["value"]: line["text"] for line in imported.report}
    assert told["1969-07-20"] == "“Agreed on” lies before 1970."
    assert told["9999-12-31T23:59-12:00"].startswith("“Agreed on” is not a date: there is no ")
    fields = people_of(acme)["lines@example.test"].fields
    assert fields == {"tags": ["one", "two three", "four five"], "city": "x"}


def test_values_of_any_length_are_read_or_refused() -> None:
    names = ["email", "first_name", "country", "language", "consent_at", "status", "tags", "city"]
    mapping = dict(zip(names, names, strict=True))
    reader = rows.RowReader(names, mapping, UTC, timezone.now())
    for piece in ("\ufdfa", "9", " ", '"', ",", "é", "\\", "2026-01-01T00:00", "\u0301"):
        for place in range(len(names)):
            cells: list[str] = ["ana@example.test", *[""] * (len(names) - 1)]
            cells[place] = piece * (2_000 // len(piece))
            with suppress(rows.BadRow):
                reader.person(cells)


def test_an_address_is_taken_out_of_a_staged_file_in_the_time_of_its_length() -> None:
    def scrub(text: str) -> None:
        _without(text.encode(), ("utf-8", "utf-16-le"), ["a.a.a@a.example", "aaaa@aaaa.test"], "x")

    slow = [
        p for p in ("a", "a.", "a@", "a.a.a@", "-") if not grows_with_its_length(scrub, p, 50_000)
    ]
    assert slow == []


@pytest.mark.parametrize(
    ("field", "day", "words"),
    [
        ("basis_until", "9999-12-31", "Implied consent lasts two years at most. Say a day until 2"),
        ("collected_from", "0001-01-01", "Say a day after 1970."),
        ("collected_until", "1969-01-01", "Say a day after 1970."),
    ],
)
def test_a_day_out_of_this_world_is_refused_at_its_field(field: str, day: str, words: str) -> None:
    form = OriginForm(
        {"source": "Fair", "attested": "on", "basis": "implied", field: day} | UNTIL[field]
    )
    assert list(form.errors) == [field]
    assert str(form.errors[field][0]).startswith(words)


SOON: Final = (timezone.localdate() + timedelta(days=700)).isoformat()
UNTIL: Final[dict[str, dict[str, Any]]] = {
    "basis_until": {},
    "collected_from": {"basis_until": SOON},
    "collected_until": {"basis_until": SOON},
}


def test_implied_consent_of_a_contact_ends_within_two_years() -> None:
    data = {"address": "ana@example.test", "basis": "implied", "basis_attested": "on"}
    assert AddContactForm(data | {"basis_until": SOON}).is_valid()
    late = AddContactForm(data | {"basis_until": "9999-12-31"})
    assert list(late.errors) == ["basis_until"]


def test_a_request_does_not_say_how_many_rules_are_drawn() -> None:
    data = {"rule-TOTAL_FORMS": "99999999", "rule-INITIAL_FORMS": "0"}
    drawn = RuleFormSet(data, prefix="rule", form_kwargs={"custom_fields": []})
    assert len(drawn.forms) <= 20
    assert not drawn.is_valid()
