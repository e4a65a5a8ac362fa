"""Many rows for one statement: copied into a temporary table of the transaction.

As array parameters they cost more to write and to read than the statement that uses them.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

_APART: Final = "\x1f"
_PIECE: Final = 1 << 18  # bytes given to the server at once


def stage(
    cursor: Any, table: str, columns: Mapping[str, str], rows: Iterable[Sequence[Any]]
) -> None:
    """Make (or empty) the temporary `table` of `columns` (name -> SQL type) and fill it.

    Values are text, numbers, bytes (bytea), instants (timestamptz) or None. Gone with the
    transaction. The names are the code's own, never anybody's input.
    """
    described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE IF NOT EXISTS {table} ({described}) ON COMMIT DROP")
    cursor.execute(f"TRUNCATE {table}")
    # Column by column: a call per value would cost as much as all the rest.
    written = [
        _WRITERS.get(kind, _texts)(values)
        for kind, values in zip(columns.values(), zip(*rows, strict=True), strict=False)
    ]
    if written:
        text = "\n".join(map("\t".join, zip(*written, strict=True)))
        file = io.BytesIO(text.encode())
        cursor.copy_expert(f"COPY {table} FROM STDIN", file, _PIECE)


def _texts(values: Sequence[str | None]) -> list[str]:
    texts = [value for value in values if value is not None]
    together = _APART.join(texts)
    # The whole column at once, unless a value holds the very sign that parts them.
    if len(texts) == len(values) and together.count(_APART) == len(values) - 1:
        return _escaped(together).split(_APART)
    return ["\\N" if value is None else _escaped(value) for value in values]


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace("\t", "\\t")
    return text.replace("\n", "\\n").replace("\r", "\\r")


def _numbers(values: Sequence[int | None]) -> list[str]:
    return ["\\N" if value is None else str(value) for value in values]


def _bytes(values: Sequence[bytes]) -> list[str]:
    return [f"\\\\x{value.hex()}" for value in values]


def _instants(values: Sequence[datetime | None]) -> list[str]:
    # A batch has few instants.
    texts = {value: "\\N" if value is None else value.isoformat() for value in set(values)}
    return [texts[value] for value in values]


_WRITERS: Final[Mapping[str, Callable[[Any], list[str]]]] = {
    "bigint": _numbers,
    "bytea": _bytes,
    "timestamptz": _instants,
}
