"""Cells of exported files: a spreadsheet must not run what a stranger typed as a name. Pure."""

from typing import Final

# Full-width forms too: spreadsheets of East Asian locales read them like the plain ones.
_RISKY: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Our exports end with this column, so that a re-import knows to take the apostrophes away again.
OWN_EXPORT_COLUMN: Final = "assent_export"


def safe_cell(value: str) -> str:
    """The cell to write: one apostrophe before a risky first character, or one so marked."""
    return f"'{value}" if value.lstrip("'").startswith(_RISKY) else value


def plain_cell(cell: str) -> str:
    """What `safe_cell` was given, for a cell of our own export."""
    marked = cell.startswith("'") and cell.lstrip("'").startswith(_RISKY)
    return cell[1:] if marked else cell
