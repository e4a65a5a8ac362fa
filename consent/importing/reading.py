"""CSV bytes into records with their physical lines: bounded, nothing swallowed. Pure.

Encoding and separator are found, never guessed when two are possible; `survey` reads the whole file
once before anything is imported, so that a file that stops in the middle changes nothing.
"""

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from typing import BinaryIO, Final, NamedTuple, TextIO, TypeAlias

from consent.importing.encodings import Encoding, find_encoding
from consent.importing.lines import Lines
from consent.importing.stopping import Stopped
from marketing.names import visible

SEPARATORS: Final = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MOST_COLUMNS: Final = 500
LONGEST_HEADER: Final = 200
_PREVIEW_ROWS: Final = 5
_MOST_BAD: Final = 100
_BLOCK: Final = 1_000  # lines that are read at once where nothing about them is odd
_Parsed: TypeAlias = tuple[int, list[str], str]  # line, cells, error


class Record(NamedTuple):
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
    for block in _blocks(file, found.shape):
        bad = [record for record in block if record.error]
        good = [record.cells for record in block if not record.error]
        found.rows += len(block)
        found.bad_count += len(bad)
        found.bad_rows += bad[: _MOST_BAD - len(found.bad_rows)]
        found.first_rows += good[: _PREVIEW_ROWS - len(found.first_rows)]
        for place in unnamed:
            if any(cells[place].strip() for cells in good):
                told.add(place)
    found.ignored_columns_with_values = len(told)
    if not found.rows:
        raise Stopped("no_rows")
    return found


def find_shape(file: BinaryIO, *, encoding: str = "", separator: str = "") -> Shape:
    """Encoding, separator and header of the file; Stopped where they can not be told."""
    known = find_encoding(file, confirmed=encoding)
    with _text(file, known) as text:
        lines = Lines(text)
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
    return chain.from_iterable(_blocks(file, shape))


def _blocks(file: BinaryIO, shape: Shape) -> Iterator[list[Record]]:
    """The records, many at once: lines that are a record each go through the reader together."""
    width = len(shape.header)
    number = 0
    with _text(file, shape.encoding) as text:
        lines = Lines(text)
        one_by_one = _parsed(lines, shape.separator)
        next(filter(_says_something, one_by_one), None)  # the header
        while found := _next_block(lines, one_by_one, shape.separator):
            block = [
                Record(number, line, tuple(cells), error or _trouble(cells, width))
                for number, (line, cells, error) in enumerate(
                    filter(_says_something, found), number + 1
                )
            ]
            number += len(block)
            if block and block[-1].error == "unterminated_quote":
                raise Stopped("unterminated_quote", record=number, line=block[-1].line)
            if block:
                yield block


def _next_block(lines: Lines, one_by_one: Iterator[_Parsed], separator: str) -> list[_Parsed]:
    taken = lines.take(_BLOCK)
    end = lines.count
    rows = _rows_of(taken, separator)
    if rows is not None:
        first = end - len(taken) + 1
        return [(line, cells, "") for line, cells in enumerate(rows, first)]
    lines.give_back(taken)
    return _odd_block(one_by_one, lines, until=end)


def _rows_of(lines: list[str], separator: str) -> list[list[str]] | None:
    """The cells of lines that are a record each; None where one is not, or can not be read."""
    try:
        rows = list(csv.reader(lines, delimiter=separator, strict=True))
    except csv.Error:
        return None
    return rows if len(rows) == len(lines) else None


def _odd_block(parsed: Iterator[_Parsed], lines: Lines, *, until: int) -> list[_Parsed]:
    """Record by record up to line `until`, or the end of the record that stands there."""
    found = []
    for one in parsed:
        found.append(one)
        if lines.count >= until:
            break
    return found


def _says_something(parsed: _Parsed) -> bool:
    _, cells, error = parsed
    return bool(error or "".join(cells).strip())


def _trouble(cells: list[str], width: int) -> str:
    if len(cells) != width:
        return f"columns: {width} expected, {len(cells)} found"
    return "NUL byte" if "\0" in "".join(cells) else ""


def _read_header(file: BinaryIO, shape: Shape) -> tuple[str, ...]:
    with _text(file, shape.encoding) as text:
        parsed = _parsed(Lines(text), shape.separator)
        line, cells, error = next(filter(_says_something, parsed), (0, [], ""))
    if error == "unterminated_quote":
        raise Stopped("unterminated_quote", record=0, line=line)
    names = tuple(visible(cell).strip() for cell in cells)
    if error or any(len(name) > LONGEST_HEADER for name in names):
        raise Stopped("header_name_too_long", limit=LONGEST_HEADER)
    if not names:
        raise Stopped("no_rows")
    if len(names) > MOST_COLUMNS:
        raise Stopped("too_many_columns", limit=MOST_COLUMNS)
    _refuse_duplicates(names)
    return names


def _refuse_duplicates(names: tuple[str, ...]) -> None:
    seen: set[str] = set()
    for name in filter(None, names):
        if name.casefold() in seen:
            raise Stopped("duplicate_header", name=name)
        seen.add(name.casefold())


def _parsed(lines: Lines, separator: str) -> Iterator[_Parsed]:
    """(line, cells, error) of each record, the header included, a sep= line not."""
    reader = csv.reader(lines, delimiter=separator, strict=True)
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


@contextmanager
def _text(file: BinaryIO, encoding: Encoding) -> Iterator[TextIO]:
    """The file as text from behind its byte order mark; the file itself stays open."""
    file.seek(encoding.skip)
    wrapper = io.TextIOWrapper(file, encoding=encoding.name, newline="")
    try:
        yield wrapper
    finally:
        wrapper.detach()
