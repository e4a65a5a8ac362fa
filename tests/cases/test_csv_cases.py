"""csv/expected.json, the part that needs no database: encodings, separators, rows, stops, cells."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, BinaryIO

import pytest

from consent.importing.columns import check_mapping, proposed_mapping
from consent.importing.encodings import NAMES, readings
from consent.importing.reading import records, survey
from consent.importing.rows import BadRow, Person, RowReader
from consent.importing.stopping import Stopped
from marketing.exporting.cells import plain_cell, safe_cell
from tests.cases.files import cases_file, cases_json

EXPECTED = cases_json("csv/expected.json")
FILES = {case["file"]: case for case in EXPECTED["files"]}
READABLE = [case for case in FILES.values() if not case["stop"]]
STOPPED = [case for case in FILES.values() if case["stop"]]
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def by_file(cases: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=lambda case: case["file"])


def opened(case: dict[str, Any]) -> BinaryIO:
    return io.BytesIO(cases_file(f"csv/{case['file']}").read_bytes())


def told_by_the_user(case: dict[str, Any]) -> str:
    known_by = case["encoding_known_by"] or ""
    return case["encoding"] if known_by.startswith(("confirmed", "declared")) else ""


def read_rows(case: dict[str, Any]) -> tuple[list[tuple[int, Person]], list[dict[str, Any]]]:
    """(record number, person) of the good rows, and the errors as the cases write them."""
    found = survey(opened(case), encoding=told_by_the_user(case))
    mapping = proposed_mapping(found.shape.header)
    reader = RowReader(found.shape.header, mapping, UTC, NOW, "cases")
    people, errors = [], []
    for record in records(opened(case), found.shape):
        reason = record.error
        if not reason:
            try:
                people.append((record.number, reader.person(record.cells)))
            except BadRow as bad:
                reason = bad.reason
        if reason:
            errors.append({"record": record.number, "line": record.line, "reason": reason})
    return people, errors


@by_file(READABLE)
def test_encoding_separator_and_columns_are_found(case: dict[str, Any]) -> None:
    found = survey(opened(case), encoding=told_by_the_user(case))
    assert found.shape.encoding.name == case["encoding"]
    assert case["encoding_known_by"].startswith(found.shape.encoding.known_by[:9])
    assert found.shape.separator == case["delimiter"]
    assert proposed_mapping(found.shape.header) == case["mapping"]
    assert found.rows == case["rows_read"]


@by_file([case for case in READABLE if "either" not in case])
def test_bad_rows_are_named_by_record_line_and_reason(case: dict[str, Any]) -> None:
    people, errors = read_rows(case)
    assert errors == case["row_errors"]
    assert len(people) == case["rows_read"] - len(errors)


def test_text_after_a_closing_quote_spoils_its_row_and_no_other() -> None:
    case = FILES["text-after-quote.csv"]
    people, errors = read_rows(case)
    assert {"contacts_created": len(people), "row_errors": errors} == case["either"][0]


@by_file([case for case in READABLE if case["contacts"]])
def test_people_are_read_as_the_case_lists_them(case: dict[str, Any]) -> None:
    latest = {person.address.key: person for _, person in read_rows(case)[0]}
    for expected in case["contacts"]:
        person = latest[expected["email"].lower()]
        for name, value in expected.items():
            assert shown(person, name) == value
    assert len(latest) == len(case["contacts"])


def shown(person: Person, name: str) -> Any:
    own = {
        "email": person.address.send_to,
        "name": " ".join(filter(None, (person.first_name, person.last_name))),
        "first_name": person.first_name,
        "last_name": person.last_name,
        "country": person.country or None,
        "flags": list(person.address.flags),
    }
    return own[name] if name in own else person.fields[name]


@by_file([case for case in READABLE if "merged_rows" in case])
def test_rows_of_one_person_share_a_key(case: dict[str, Any]) -> None:
    numbers: dict[str, list[int]] = {}
    for number, person in read_rows(case)[0]:
        numbers.setdefault(person.address.key, []).append(number)
    repeated = {later: first for first, *others in numbers.values() for later in others}
    assert repeated == {row["record"]: row["into_record"] for row in case["merged_rows"]}


def read_through_the_columns(case: dict[str, Any]) -> None:
    found = survey(opened(case), encoding=told_by_the_user(case))
    check_mapping(proposed_mapping(found.shape.header))


@by_file(STOPPED)
def test_stopped_file_says_its_code_and_where(case: dict[str, Any]) -> None:
    with pytest.raises(Stopped) as stopped:
        read_through_the_columns(case)
    assert stopped.value.code == case["stop"]
    for name, value in case.get("stop_at", {}).items():
        assert stopped.value.details[name] == value
    if "byte_offset" in case:
        assert stopped.value.details["byte_offset"] == case["byte_offset"]


@by_file([case for case in READABLE if told_by_the_user(case)])
def test_undecided_encoding_offers_the_right_one_with_a_preview(case: dict[str, Any]) -> None:
    with pytest.raises(Stopped) as stopped:
        survey(opened(case))
    assert stopped.value.code == "encoding_undecided"
    offered = dict(readings(opened(case), stopped.value.details["proposals"]))
    assert case["encoding"] in offered
    assert len(set(offered.values())) == len(offered)
    assert offered.keys() <= NAMES.keys()


def test_first_row_with_embedded_line_end_is_kept_to_the_byte() -> None:
    case = FILES["bom-embedded-newline.csv"]
    assert list(survey(opened(case)).first_rows[0]) == case["parsed_first_row"]


def test_unnamed_column_with_a_value_is_reported() -> None:
    assert survey(opened(FILES["trailing-commas.csv"])).ignored_columns_with_values == 1


def test_status_is_compared_whole() -> None:
    case = FILES["status.csv"]
    statuses = {person.address.key: person.status for _, person in read_rows(case)[0]}
    for address, outcome in case["outcome"].items():
        assert statuses[address] in outcome.replace("_or_", " ").split()


@pytest.mark.parametrize("export", FILES["formulas.csv"]["export"], ids=lambda e: e["cell"])
def test_risky_cell_is_exported_harmless_and_read_back(export: dict[str, str]) -> None:
    assert safe_cell(export["name"]) == export["cell"]
    assert plain_cell(export["cell"]) == export["name"]


class Endless(io.RawIOBase):
    """A header and ten million empty lines, made while they are read."""

    def __init__(self) -> None:
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = offset
        return offset

    def readinto(self, buffer: Any) -> int:
        left = 10_000_006 - self._at
        piece = (b"email\n" + b"\n" * 70_000)[:left] if self._at == 0 else b"\n" * min(left, 70_000)
        piece = piece[: len(buffer)]
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def generated(name: str) -> Iterator[bytes]:
    if name == "huge-field":
        yield b"email,name\na@example.test," + b"x" * (2 << 20) + b"\nb@example.test,Ben\n"
    elif name == "wide":
        columns = ["email", *(f"c{number}" for number in range(1, 5_000))]
        yield ",".join(columns).encode() + b"\na@example.test" + b"," * 4_999 + b"\n"
    elif name == "long-header":
        yield b"email," + b"n" * 100_000 + b"\na@example.test,x\n"


@pytest.mark.parametrize(
    ("name", "code"), [("wide", "too_many_columns"), ("long-header", "header_name_too_long")]
)
def test_monstrous_header_stops_the_file(name: str, code: str) -> None:
    with pytest.raises(Stopped) as stopped:
        survey(io.BytesIO(b"".join(generated(name))))
    assert stopped.value.code == code


def test_huge_cell_spoils_its_row_only() -> None:
    found = survey(io.BytesIO(b"".join(generated("huge-field"))))
    assert [(row.number, row.error) for row in found.bad_rows] == [(1, "value too long")]
    assert found.first_rows == [("b@example.test", "Ben")]


def test_endless_blank_lines_are_no_rows() -> None:
    with pytest.raises(Stopped) as stopped:
        survey(io.BufferedReader(Endless()))
    assert stopped.value.code == "no_rows"
