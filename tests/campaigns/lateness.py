"""How late this machine is by itself: what a test of seconds may allow, and no more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STEP = 0.02


@dataclass
class Lateness:
    """Seconds that a thread which only wanted to wake up came too late: the most, and in all."""

    most: float = 0.0
    total: float = 0.0


@contextmanager
def lateness() -> Iterator[Lateness]:
    """Measured as long as the block runs; an idle machine is late by some milliseconds."""
    found, is_over = Lateness(), threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            before = time.monotonic()
            is_over.wait(STEP)
            late = max(0.0, time.monotonic() - before - STEP)
            found.most = max(found.most, late)
            found.total += late

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        is_over.set()
        thread.join()
