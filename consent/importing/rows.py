"""One record into one person, or the reason why not. Pure: no database, no guess.

A row says who somebody is and what is claimed about them; whether they may be mailed says the gate.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import cached_property, lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple, TypeAlias

from consent.importing.columns import LEAVE_OUT, STANDARD_FIELDS
from consent.importing.dates import BadDate, read_instant
from marketing.audience.addresses import Address, BadAddress, read_address
from marketing.exporting.cells import OWN_EXPORT_COLUMN, plain_cell
from marketing.names import visible
from marketing.rules.countries import country_code

LONGEST: Final = {"first_name": 120, "last_name": 120, "name": 120, "consent_source": 300}
LONGEST_VALUE: Final = 2_000
EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)  # nobody agreed to mail before
_NOWHERE: Final = -1
_NEVER_LONG: Final = min(*LONGEST.values(), LONGEST_VALUE)
_NOTHING: Final[Mapping[str, str | list[str]]] = MappingProxyType({})

# Compared whole: "inactive" and "not active" are not "active".
_CLAIMING: Final = frozenset(
    {"active", "subscribed", "confirmed", "opted in", "opt-in", "opted-in"}
)
_EXCLUDING: Final = frozenset(
    {
        *("unsubscribed", "unsubscribe", "opted out", "opted-out", "opt-out", "optout"),
        *("blocked", "blacklisted", "suppressed", "removed", "withdrawn", "refused"),
        *("bounced", "cleaned", "complained", "complaint", "spam"),
    }
)


class Proof(NamedTuple):
    """The yes of one person as the row states it."""

    at: datetime
    source: str
    text: str


class Person(NamedTuple):
    """One row of a file, checked. `status`: "", "claim", "excluded" or "held" (not understood)."""

    address: Address
    first_name: str = ""
    last_name: str = ""
    country: str = ""
    language: str = ""
    fields: Mapping[str, str | list[str]] = _NOTHING
    proof: Proof | None = None
    status: str = ""


Place: TypeAlias = tuple[int, int]  # number of the record, physical line where it starts


class Row(NamedTuple):
    """A checked record and where it stands in the file. People are told the line.

    Of several rows of one person: where proof and status stand, if not in the last of them.
    """

    number: int
    line: int
    person: Person
    address_hash: bytes
    proof_line: int = 0
    status_line: int = 0

    @property
    def place(self) -> Place:
        """Both numbers."""
        return self.number, self.line


class BadRow(ValueError):
    """The row is not imported. `reason` is a code, `text` the sentence for its value."""

    def __init__(self, reason: str, value: str, text: str) -> None:
        self.reason = reason
        self.value = value
        self.text = text
        super().__init__(text)


class _Columns(NamedTuple):
    """Where in a record each field stands; what the file does not have stands behind its cells."""

    email: int
    first_name: int
    last_name: int
    name: int
    country: int
    language: int
    consent_at: int
    consent_source: int
    consent_text: int
    status: int
    others: Sequence[tuple[int, str]]  # place and name


@dataclass(frozen=True)
class RowReader:
    """Reads the rows of one file: its columns, where they come from, and when it is now."""

    header: Sequence[str]
    mapping: Mapping[str, str]
    zone: tzinfo
    now: datetime
    file_source: str = ""  # stands for a missing consent_source

    def person(self, cells: Sequence[str]) -> Person:
        """The person of one record, or BadRow for the first thing that is wrong with it."""
        if self._is_own:
            cells = [plain_cell(cell) for cell in cells]
        if max(map(len, cells)) > _NEVER_LONG:
            _refuse_long({name: cells[place] for place, name in self._places})
        of, cells = self._columns, (*cells, "")
        first_name, last_name = _names(cells[of.first_name], cells[of.last_name], cells[of.name])
        return Person(
            _address(cells[of.email]),
            first_name,
            last_name,
            _country(country) if (country := cells[of.country]) else "",
            _language(language) if (language := cells[of.language]) else "",
            proof=self._proof(cells) if cells[of.consent_at] else None,
            status=_status(cells[of.status]) if of.status >= 0 else "",
            fields={name: _custom(name, cells[place]) for place, name in of.others},
        )

    @cached_property
    def _is_own(self) -> bool:
        return OWN_EXPORT_COLUMN in self.header

    @cached_property
    def _places(self) -> list[tuple[int, str]]:
        """Place in a record, and the field it fills."""
        return [
            (place, self.mapping[name])
            for place, name in enumerate(self.header)
            if name and self.mapping.get(name, LEAVE_OUT) != LEAVE_OUT
        ]

    @cached_property
    def _columns(self) -> _Columns:
        places = {name: place for place, name in self._places}
        others = [(place, name) for place, name in self._places if name not in _Columns._fields]
        known = [places.get(name, _NOWHERE) for name in _Columns._fields if name != "others"]
        return _Columns._make([*known, others])

    def _proof(self, cells: Sequence[str]) -> Proof | None:
        of = self._columns
        if not (typed := cells[of.consent_at].strip()):
            return None
        try:
            at = _instant(typed, self.zone)
        except BadDate as bad:
            raise BadRow("date", typed, f"“Agreed on” is not a date: {bad}.") from None
        if at > self.now:
            raise BadRow("date", typed, "“Agreed on” lies in the future.")
        if at < EARLIEST:
            raise BadRow("date", typed, f"“Agreed on” lies before {EARLIEST.year}.")
        source = cells[of.consent_source].strip() or self.file_source
        return Proof(at, source, cells[of.consent_text].strip()) if source else None


# A file has few days and few countries; what is wrong is not kept.
@lru_cache(4096)
def _instant(typed: str, zone: tzinfo) -> datetime:
    return read_instant(typed, zone)


_code: Final = lru_cache(4096)(country_code)


def _refuse_long(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        longest = LONGEST.get(name, LONGEST_VALUE)
        if len(value) > longest:
            label = STANDARD_FIELDS.get(name, name)
            raise BadRow(
                f"value too long: {name}",
                f"{value[:60]}…",
                f"“{label}” is longer than {longest:,} characters.",
            )


def _address(typed: str) -> Address:
    try:
        return read_address(typed)
    except BadAddress as bad:
        raise BadRow(f"address: {bad.reason}", typed or "(empty)", bad.text) from None


def _names(first: str, last: str, whole: str) -> tuple[str, str]:
    """First and last name. A full name fills both where the row has neither.

    Its first word greets; "Last, First" could be read in two ways and stays whole.
    """
    first, last = visible(first), visible(last)
    if first or not whole:
        return first, last
    whole = visible(whole)
    if last or "," in whole:
        return whole, last
    word, _, rest = whole.strip().partition(" ")
    return (word, rest.strip()) if rest else (whole, "")


def _country(typed: str) -> str:
    if not typed.strip():
        return ""
    code = _code(typed)
    if code is None:
        raise BadRow("country", typed, f"“{typed.strip()}” is not a country code.")
    return code


@lru_cache(4096)
def _language(typed: str) -> str:
    text = typed.strip()
    if not text:
        return ""
    found = re.fullmatch(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{2}))?", text)
    if not found:
        raise BadRow("language", typed, f"“{text}” is not a language code, like en or pt-BR.")
    primary, region = found.group(1).lower(), found.group(2)
    return f"{primary}-{region.upper()}" if region else primary


@lru_cache(4096)
def _status(typed: str) -> str:
    """What a column of the old system says."""
    word = typed.strip().casefold()
    if word in _CLAIMING:
        return "claim"
    return "excluded" if word in _EXCLUDING else "held"


def _custom(name: str, cell: str) -> str | list[str]:
    return _tags(visible(cell)) if name == "tags" else visible(cell)


def _tags(cell: str) -> list[str]:
    """The cell of providers' exports is itself a quoted list with commas."""
    one_line = " ".join(cell.split())
    lines = list(csv.reader([one_line], skipinitialspace=True)) if one_line else []
    return list(dict.fromkeys(tag.strip() for tag in (lines[0] if lines else []) if tag.strip()))
