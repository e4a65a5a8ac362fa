"""Skips a step whose inputs have not changed since it last succeeded."""

import hashlib
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from bin.trouble import say


def once(
    title: str,
    work: Callable[[], None],
    *,
    stamp: Path,
    inputs: Iterable[str | Path],
    result: Path,
) -> None:
    """Does the work unless its result exists and was made from these very inputs.

    A stamp that lies inside the result goes when the result goes.
    """
    mark = fingerprint(inputs)
    if result.exists() and stamp.is_file() and stamp.read_text() == mark:
        return
    stamp.unlink(missing_ok=True)
    timed(title, work)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(mark)


def timed(title: str, work: Callable[[], None]) -> None:
    """Says what begins, does it, says how long it took when that was noticeable."""
    say(f"  {title} ...")
    began = time.monotonic()
    work()
    took = time.monotonic() - began
    if took >= 1:
        say(f"  {title}: {took:.0f} s")


def fingerprint(inputs: Iterable[str | Path]) -> str:
    """One hash over texts and over the names and bytes of files; a missing file counts as such."""
    total = hashlib.sha256()
    for item in inputs:
        name = str(item).encode()
        body = b""
        if isinstance(item, Path):
            body = item.read_bytes() if item.is_file() else b"missing"
        for part in (name, body):
            total.update(len(part).to_bytes(8, "big") + part)
    return total.hexdigest()
