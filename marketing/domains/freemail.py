"""Domains that belong to nobody who sends newsletters (law-and-protocol 3.2)."""

from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).parent / "data" / "freemail.txt"
FREEMAIL: Final = frozenset(
    line for line in _FILE.read_text().splitlines() if line and not line.startswith("#")
)


def is_freemail(domain: str) -> bool:
    """Whether anybody can have an address at the domain."""
    return domain.lower().rstrip(".") in FREEMAIL
