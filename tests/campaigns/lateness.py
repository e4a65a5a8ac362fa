"""How late this machine is by itself: what a test of seconds may allow, and no more."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STEP = 0.02


@dataclass
class Lateness:
    """Seconds that a thread which only wanted to wake up came too late: the most, and in all."""

    most: float = 0.0
    total: float = 0.0

    @property
    def between_two(self) -> float:
        """How much nearer two mails may come to each other on their way.

        One of them is late twice at most: where it is written, and where it is read.
        """
        return 2 * self.most


def nothing() -> None:
    """Wake up only."""


@contextmanager
def lateness(*, with_work: Callable[[], object] = nothing) -> Iterator[Lateness]:
    """Measured as long as the block runs; an idle machine is late by some milliseconds.

    `with_work`: what whoever is measured does all the time, a question to a server for instance;
    what it takes is the machine's lateness too.
    """
    found, is_over = Lateness(), threading.Event()

    def watch() -> None:
        while not is_over.is_set():
            before = time.monotonic()
            is_over.wait(STEP)
            with_work()
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
