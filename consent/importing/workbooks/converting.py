"""The first sheet of an .xlsx workbook as CSV bytes. Pure; bounded in bytes, rows and columns.

A workbook is a ZIP of XML from a stranger: it is looked through before it is read (bombs), and
defusedxml refuses entities. Each row of the sheet becomes the line of the same number.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time
from typing import Any, Final

from openpyxl import load_workbook

from consent.importing.reading import MOST_COLUMNS
from consent.importing.stopping import Stopped
from consent.importing.workbooks.bombs import is_bomb

MOST_ROWS: Final = 20_000
MOST_CELLS: Final = 500_000
MOST_MB: Final = 25  # of text: one long string may stand in every cell
SEPARATOR: Final = ","

_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"  # .xls, and workbooks with a password


def is_workbook(content: bytes) -> bool:
    """Whether the bytes are Excel's, whatever the file is called; Stopped for an old format."""
    if content.startswith(_OLD_EXCEL):
        raise Stopped("old_workbook")
    return content.startswith(_ZIP)


def as_csv(content: bytes) -> bytes:
    """The first sheet with anything in it, in UTF-8; Stopped where that cannot be had safely."""
    try:
        if is_bomb(content):
            raise Stopped("workbook_too_large", limit=f"{MOST_ROWS:,}")
        return _first_sheet(content)
    except Stopped:
        raise
    except Exception as broken:  # whatever a ZIP, an XML parser, the library say of hostile octets
        raise Stopped("no_workbook") from broken


def _first_sheet(content: bytes) -> bytes:
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # a sheet may claim to be as large as it likes
        if rows := list(_texts(sheet.iter_rows(values_only=True))):
            return _written(rows)
    raise Stopped("no_rows")


def _texts(rows: Iterable[tuple[Any, ...]]) -> Iterator[list[str]]:
    """Rows as texts without their empty ends, none behind the last that says something."""
    blank = cells = letters = 0
    for number, row in enumerate(rows, 1):
        cells += len(row)
        if number > MOST_ROWS + 1 or cells > MOST_CELLS:
            raise Stopped("workbook_too_large", limit=f"{MOST_ROWS:,}")
        texts = [_text(value) for value in row]
        letters += sum(map(len, texts))
        if letters > MOST_MB << 20:
            raise Stopped("too_large", limit=MOST_MB)
        while texts and not texts[-1]:
            texts.pop()
        if len(texts) > MOST_COLUMNS:
            raise Stopped("too_many_columns", limit=MOST_COLUMNS)
        if not texts:
            blank += 1
            continue
        yield from ([] for _ in range(blank))
        blank = 0
        yield texts


def _text(value: Any) -> str:
    """A cell as people see it: whole numbers without a point, days without a time, one line."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, datetime):
        is_day = value.time() == time()
        return value.date().isoformat() if is_day else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return " ".join(str(value).replace("\0", "").splitlines())


def _written(rows: list[list[str]]) -> bytes:
    """Short rows are filled up to the header's width: a sheet has no ragged lines."""
    width = len(next(row for row in rows if row))
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=SEPARATOR, lineterminator="\n")
    for row in rows:
        writer.writerow(row + [""] * (width - len(row)))
    return ("\ufeff" + text.getvalue()).encode()
