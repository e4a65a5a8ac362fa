"""The physical lines of a text, counted; some may be taken at once and given back. Pure."""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, TextIO

LONGEST_LINE: Final = 1_000_000  # characters; the rest of a longer line is not kept
_TOO_LONG_FIELD: Final = "x" * (csv.field_size_limit() + 1) + "\n"


class Lines:
    """Lines of any line end; of a line that is too long only that is told."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: list[str] = []  # the next one last
        self.count = 0
        self.last = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = _bounded(self._back.pop() if self._back else next(self._text))
        self.count += 1
        return self.last

    def take(self, most: int) -> list[str]:
        """The next lines, at most so many; none at the end."""
        if self._back:
            taken = list(islice(self, most))
        else:
            taken = list(islice(self._text, most))
            self.count += len(taken)
        return [_bounded(line) for line in taken] if _any_long(taken) else taken

    def give_back(self, lines: Sequence[str]) -> None:
        """Lines that were taken come again."""
        self._back.extend(reversed(lines))
        self.count -= len(lines)


def _any_long(lines: Sequence[str]) -> bool:
    return bool(lines) and max(map(len, lines)) > LONGEST_LINE


def _bounded(line: str) -> str:
    return _TOO_LONG_FIELD if len(line) > LONGEST_LINE else line
