"""What the reader is told: progress lines, and troubles they can mend."""

import sys
from pathlib import Path


class Trouble(Exception):
    """A set-up that cannot go on; its text is one line that says what to do."""


def say(text: str = "") -> None:
    """Writes one line at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def tail_of(log: Path, *, lines: int) -> str:
    """The last lines of a log, indented; empty when there is none."""
    if not log.is_file():
        return ""
    kept = log.read_text(errors="replace").splitlines()[-lines:]
    return "".join(f"\n  | {line[:300]}" for line in kept)
