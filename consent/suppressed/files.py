"""A list of addresses out of an uploaded file: CSV, a workbook, or one address in each line. Pure.

A head row is recognised by a column for addresses; without one the first row must hold an address.
Our own exports have a row of explanations above their head row.
"""

import io
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Final

from consent.importing.columns import proposed_mapping
from consent.importing.reading import Record, Shape, find_shape, records
from consent.importing.stopping import Stopped
from consent.importing.workbooks.converting import as_csv, is_workbook
from marketing.audience.addresses import BadAddress, read_address
from marketing.exporting.cells import OWN_EXPORT_COLUMN, plain_cell

LARGEST_MB: Final = 25
_NOTES: Final = frozenset({"reason", "source", "note", "why", "comment"})


@dataclass(frozen=True)
class Row:
    """One row: what stands in its column of addresses, and what it says beside it."""

    line: int
    typed: str
    note: str = ""
    error: str = ""


@dataclass(frozen=True)
class _Layout:
    """Where addresses and notes stand; `head` records below the names are no data."""

    address: int
    note: int | None = None
    head: int = 0
    first: tuple[str, ...] = ()  # a first row that is data, not names
    is_own: bool = False


def as_text(content: bytes) -> bytes:
    """The upload as CSV; Stopped where that cannot be had."""
    if len(content) > LARGEST_MB << 20:
        raise Stopped("too_large", limit=LARGEST_MB)
    return as_csv(content) if is_workbook(content) else content


def rows_in(content: bytes) -> Iterator[Row]:
    """The rows of a file that `as_text` gave, to be read to their end; Stopped as in importing."""
    file = io.BytesIO(content)
    shape = find_shape(file)
    rest = records(file, shape)
    below = list(islice(rest, 1))
    layout = _layout(shape, below)
    if layout is None:
        deque(rest, maxlen=0)  # a reader that is left half-way complains when it is collected
        raise Stopped("no_email_column")
    first = [Record(0, 1, layout.first)] if layout.first else []
    for record in chain(first, below[layout.head :], rest):
        yield _row(record, layout)


def _layout(shape: Shape, below: Sequence[Record]) -> _Layout | None:
    if named := _named(shape.header, head=0):
        return named
    if (place := _place_of_address(shape.header)) is not None:
        return _Layout(place, first=shape.header)
    return _named(below[0].cells, head=1) if below else None


def _named(names: Sequence[str], *, head: int) -> _Layout | None:
    stripped = [name.strip() for name in names]
    fields = proposed_mapping(stripped)
    for place, name in enumerate(stripped):
        if name and fields[name] == "email":
            notes = [at for at, other in enumerate(stripped) if other.lower() in _NOTES]
            is_own = OWN_EXPORT_COLUMN in stripped
            return _Layout(place, notes[0] if notes else None, head, is_own=is_own)
    return None


def _place_of_address(cells: Sequence[str]) -> int | None:
    for place, cell in enumerate(cells):
        try:
            read_address(cell)
        except BadAddress:
            continue
        return place
    return None


def _row(record: Record, layout: _Layout) -> Row:
    if record.error:
        return Row(record.line, "", error=f"This row can not be read ({record.error}).")
    read = plain_cell if layout.is_own else str
    note = "" if layout.note is None else read(record.cells[layout.note]).strip()
    return Row(record.line, read(record.cells[layout.address]).strip(), note)
