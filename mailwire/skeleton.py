"""Bytes with open places, filled for one person by a single join.

Whoever builds one has encoded everything that is the same for everybody; what is left per person
is a few short values.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Slot:
    """An open place. Slots of one `key` get the same bytes, which are made once per person."""

    key: str
    encode: Callable[[Values], bytes]


class Skeleton:
    """Literals and slots in turn: the even places are the same in every mail."""

    def __init__(self, pieces: Iterable[bytes | Slot]) -> None:
        self._row: list[bytes] = [b""]
        slots: dict[str, Slot] = {}
        keys: list[str] = []
        for piece in pieces:
            if isinstance(piece, Slot):
                slots.setdefault(piece.key, piece)
                keys.append(piece.key)
                self._row += [b"", b""]
            else:
                self._row[-1] += piece
        self._encoders = [slot.encode for slot in slots.values()]
        places = {key: place for place, key in enumerate(slots)}
        self._places = [places[key] for key in keys]

    def fill(self, values: Values) -> bytes:
        """All of it for one person. Raises KeyError for a value that is not given."""
        if not self._places:
            return self._row[0]
        filled = [encode(values) for encode in self._encoders]
        row = self._row.copy()
        row[1::2] = map(filled.__getitem__, self._places)
        return b"".join(row)
