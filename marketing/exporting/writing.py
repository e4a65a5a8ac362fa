"""The file of an export: definitions first, then names, then the rows; cells are harmless.

CSV, or a workbook where the export's params say so.
"""

import csv
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from marketing.exporting.cells import OWN_EXPORT_COLUMN, safe_cell
from marketing.exporting.models import Export
from marketing.exporting.sheets import write_workbook


@dataclass(frozen=True)
class Column:
    """A name, and what its values mean, in words for who was not there."""

    name: str
    definition: str


# So that importing the file again knows to take the apostrophes away.
_MARK: Final = Column(
    OWN_EXPORT_COLUMN, "1: made by Assent; what looks like a formula begins with '"
)


def written(
    export: Export,
    columns: Sequence[Column],
    batches: Iterable[Sequence[Sequence[str]]],
    *,
    folder: Path,
) -> str:
    """Write the file under a name nobody can guess; returns its path below `folder`."""
    path = f"{export.account_id}/{export.pk}-{secrets.token_hex(16)}.{export.ending}"
    target = folder / path
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = target.with_suffix(".part")
    all_columns = [*columns, _MARK]
    if export.ending == "xlsx":
        heads = [[column.definition for column in columns], [column.name for column in columns]]
        write_workbook(unfinished, heads, batches)
        unfinished.rename(target)
        return path
    with unfinished.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.definition for column in all_columns])
        writer.writerow([column.name for column in all_columns])
        for batch in batches:
            writer.writerows([[*map(safe_cell, row), "1"] for row in batch])
    unfinished.rename(target)
    return path
