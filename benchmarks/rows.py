"""A row of the benchmark: a line on screen, and one JSON object in the file of BENCH_JSON."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class Row:
    """One figure. Its name begins with its case; only the row of a goal has a ratio."""

    name: str
    value: float
    unit: str
    reference: float | None = None
    against: str = ""
    ratio: float | None = None
    cpu_us: float | None = None
    note: str = ""

    def line(self) -> str:
        """Name, value, reference, ratio, CPU per item."""
        reference = f"{shown(self.reference)} {self.unit}" if self.reference is not None else "-"
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else "-"
        cpu = f"{shown(self.cpu_us)} us" if self.cpu_us is not None else "-"
        value = f"{shown(self.value)} {self.unit}"
        told = "; ".join(part for part in (self.against, self.note) if part)
        return f"{self.name:<46} {value:>16} {reference:>16} {ratio:>7} {cpu:>12}  {told}"


HEAD = f"{'case':<46} {'value':>16} {'reference':>16} {'ratio':>7} {'CPU per item':>12}  against"


_TOLD: list[Row] = []


def tell(row: Row) -> None:
    """Write the row at once, also into the file that BENCH_JSON names."""
    _TOLD.append(row)
    say(row.line())
    if path := os.environ.get("BENCH_JSON"):
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(row)) + "\n")


def first_of(case: str) -> Row | None:
    """What this run has told of another case, for whom it is the reference."""
    return next((row for row in _TOLD if row.name.startswith(f"{case}: ")), None)


def say(text: str) -> None:
    """One line to the screen, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def shown(number: float) -> str:
    """Three digits that matter."""
    if number >= 100:
        return f"{number:,.0f}"
    return f"{number:.1f}" if number >= 10 else f"{number:.3g}"
