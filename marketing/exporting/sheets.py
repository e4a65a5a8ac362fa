"""The same rows as a workbook: every cell is text, so nothing in it is a formula."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import xlsxwriter

MOST_ROWS: Final = 1_000_000  # of one sheet, with its two head rows; Excel ends at 1,048,576
LONGEST: Final = 32_767  # signs of one cell


def write_workbook(
    path: Path, heads: Sequence[Sequence[str]], batches: Iterable[Sequence[Sequence[str]]]
) -> None:
    """Write the head rows, then the rows; a sheet that is full goes on in the next one."""
    book = xlsxwriter.Workbook(
        str(path),
        {
            "constant_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    sheet, at = _sheet(book, heads, wrapped), len(heads)
    for batch in batches:
        for row in batch:
            if at >= MOST_ROWS:
                sheet, at = _sheet(book, heads, wrapped), len(heads)
            _write(sheet, at, row)
            at += 1
    book.close()


def _sheet(book: Any, heads: Sequence[Sequence[str]], wrapped: Any) -> Any:
    sheet = book.add_worksheet()
    for at, row in enumerate(heads):
        _write(sheet, at, row, wrapped if at == 0 else None)
    sheet.freeze_panes(len(heads), 0)
    return sheet


def _write(sheet: Any, at: int, row: Sequence[str], form: Any = None) -> None:
    for column, text in enumerate(row):
        if text:
            sheet.write_string(at, column, text[:LONGEST], form)
