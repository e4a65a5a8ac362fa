"""CSV bytes into records with their physical lines: streaming, bounded, nothing swallowed. Pure.

Encoding and separator are found, never guessed when two are possible; `survey` reads the whole file
once before anything is imported, so that a file that stops in the middle changes nothing.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TextIO

from consent.importing.encodings import Encoding, find_encoding
from consent.importing.stopping import Stopped

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_COLUMNS: Final = 500
LONGEST_HEADER: Final = 200
LONGEST_LINE: Final = 1_000_000  # characters; the rest of a longer line is not kept
_TOO_LONG_FIELD: Final = "x" * (csv.field_size_limit() + 1) + "\n"
_PREVIEW_ROWS: Final = 5


@dataclass(frozen=True)
class Record:
    """One data record, counted from 1; `line` is the physical line where it starts."""

    number: int
    line: int
    cells: tuple[str, ...]
    error: str = ""


@dataclass(frozen=True)
class Shape:
    """How the file is written: enough to read its records again."""

    encoding: Encoding
    separator: str
    header: tuple[str, ...] = ()  # blanks around names removed; "" for an unnamed column


@dataclass
class Survey:
    """What one pass over the whole file found."""

    shape: Shape
    rows: int = 0
    first_rows: list[tuple[str, ...]] = field(default_factory=list)
    bad_rows: list[Record] = field(default_factory=list)  # the first hundred
    bad_count: int = 0
    ignored_columns_with_values: int = 0


def survey(file: BinaryIO, *, encoding: str = "", separator: str = "") -> Survey:
    """Read the whole file once; Stopped says why nothing of it can be imported.

    `encoding` and `separator` are what the user confirmed, if anything.
    """
    found = Survey(find_shape(file, encoding=encoding, separator=separator))
    unnamed = [place for place, name in enumerate(found.shape.header) if not name]
    told: set[int] = set()
    for record in records(file, found.shape):
        found.rows += 1
        if record.error:
            found.bad_count += 1
            if len(found.bad_rows) < 100:
                found.bad_rows.append(record)
            continue
        told.update(place for place in unnamed if record.cells[place].strip())
        if len(found.first_rows) < _PREVIEW_ROWS:
            found.first_rows.append(record.cells)
    found.ignored_columns_with_values = len(told)
    if not found.rows:
        raise Stopped("no_rows")
    return found


def find_shape(file: BinaryIO, *, encoding: str = "", separator: str = "") -> Shape:
    """Encoding, separator and header of the file; Stopped where they can not be told."""
    known = find_encoding(file, confirmed=encoding)
    with _text(file, known) as text:
        lines = _Lines(text)
        first = next((line for line in lines if line.strip()), "")
        if hint := _hinted_separator(first):
            separator = separator or hint
            first = next((line for line in lines if line.strip()), "")
    if not first:
        raise Stopped("no_rows")
    shape = Shape(known, separator or _find_separator(first))
    return Shape(known, shape.separator, _read_header(file, shape))


def records(file: BinaryIO, shape: Shape) -> Iterator[Record]:
    """The data records in order: header, blank lines and records without any value left out.

    A bad record carries its `error` and the next one is read; Stopped for a quote never closed.
    """
    width = len(shape.header)
    number = 0
    header_seen = False
    for line, cells, error in _parsed(file, shape):
        if not error and not any(cell.strip() for cell in cells):
            continue
        if not header_seen:
            header_seen = True
            continue
        number += 1
        if error == "unterminated_quote":
            raise Stopped("unterminated_quote", record=number, line=line)
        yield Record(number, line, tuple(cells), error or _trouble(cells, width))


def _trouble(cells: list[str], width: int) -> str:
    if len(cells) != width:
        return f"columns: {width} expected, {len(cells)} found"
    return "NUL byte" if any("\0" in cell for cell in cells) else ""


def _read_header(file: BinaryIO, shape: Shape) -> tuple[str, ...]:
    for line, cells, error in _parsed(file, shape):
        if error == "unterminated_quote":
            raise Stopped("unterminated_quote", record=0, line=line)
        names = tuple(cell.strip() for cell in cells)
        if error or any(len(name) > LONGEST_HEADER for name in names):
            raise Stopped("header_name_too_long", limit=LONGEST_HEADER)
        if not any(names):
            continue
        if len(names) > MOST_COLUMNS:
            raise Stopped("too_many_columns", limit=MOST_COLUMNS)
        _refuse_duplicates(names)
        return names
    raise Stopped("no_rows")


def _refuse_duplicates(names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in filter(None, names):
        if name.casefold() in seen:
            raise Stopped("duplicate_header", name=name)
        seen.add(name.casefold())


def _parsed(file: BinaryIO, shape: Shape) -> Iterator[tuple[int, list[str], str]]:
    """(line, cells, error) of each record, the header included, a sep= line not."""
    with _text(file, shape.encoding) as text:
        lines = _Lines(text)
        reader = csv.reader(lines, delimiter=shape.separator, strict=True)
        hint_possible = True
        while True:
            line = lines.count + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, [], _named(error, several_lines=lines.count > line)
                continue
            if hint_possible and cells:
                hint_possible = False
                if _hinted_separator(lines.last):
                    continue
            yield line, cells, ""


def _named(error: csv.Error, *, several_lines: bool) -> str:
    text = str(error)
    if "unexpected end of data" in text:
        return "unterminated_quote"
    if "field limit" in text:
        # A cell over many lines that never ends is a quote nobody closed.
        return "unterminated_quote" if several_lines else "value too long"
    return "text after closing quote"


def _hinted_separator(line: str) -> str:
    """The character of a first line `sep=;` as spreadsheets write it, or nothing."""
    found = re.fullmatch(r'"?sep=(.)"?\s*', line, re.IGNORECASE)
    return found.group(1) if found else ""


def _find_separator(line: str) -> str:
    outside_quotes = re.sub(r'"(?:[^"]|"")*"', "", line)
    counts = {character: outside_quotes.count(character) for character in SEPARATORS}
    most = max(counts.values())
    if not most:
        return ","
    best = [character for character, count in counts.items() if count == most]
    if len(best) > 1:
        raise Stopped("delimiter_undecided", proposals=best)
    return best[0]


class _Lines:
    """Physical lines of any line end, counted; of a line that is too long only that is told."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.count = 0
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        self.count += 1
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            while (more := self._text.readline(LONGEST_LINE)) and not more.endswith(("\n", "\r")):
                pass
            line = _TOO_LONG_FIELD
        self.last = line
        return line


@contextmanager
def _text(file: BinaryIO, encoding: Encoding) -> Iterator[TextIO]:
    """The file as text from behind its byte order mark; the file itself stays open."""
    file.seek(encoding.skip)
    wrapper = io.TextIOWrapper(file, encoding=encoding.name, newline="")
    try:
        yield wrapper
    finally:
        wrapper.detach()
