"""Bars: shares of a whole as widths for `components/bar.html`, and the sentence spoken for them.

Pure functions. The page shows the numbers as text beside the bar; the bar only repeats them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

SMALLEST = 0.3  # percent; a part that exists must be seen


@dataclass(frozen=True)
class BarPart:
    """One rectangle; `x` and `width` are ready for SVG attributes ("51.6%")."""

    kind: str
    x: str
    width: str


def bar_parts(
    counts: Sequence[tuple[str, int]], *, total: int | None = None
) -> tuple[BarPart, ...]:
    """Rectangles side by side for (kind, count) pairs; kinds are the c-classes of the sheet.

    `total` is the whole when the counts do not add up to it (the rest stays empty).
    """
    whole = total if total is not None else sum(count for _, count in counts)
    shown = [(kind, count) for kind, count in counts if count > 0]
    if whole <= 0 or not shown:
        return ()
    widths = [max(100 * count / whole, SMALLEST) for _, count in shown]
    scale = min(1.0, 100 / sum(widths))
    parts = []
    x = 0.0
    for (kind, _), width in zip(shown, widths, strict=True):
        parts.append(BarPart(kind, f"{x:.2f}%", f"{width * scale:.2f}%"))
        x += width * scale
    return tuple(parts)


def sentence(whole: str, counts: Sequence[tuple[str, int]]) -> str:
    """Text for screen readers: "Of 5,118 people: 2,641 sent, 482 pending consent"."""
    named = ", ".join(f"{count:,} {label}" for label, count in counts if count)
    return f"Of {whole}: {named}" if named else f"Of {whole}: nothing yet"
