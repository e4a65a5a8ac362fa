"""The flag that tells every process of a worker to finish what is open and stop.

An anonymous map made at import, before the workers fork, so that one byte reaches them all. During
a slice our own handlers only set a flag: Celery's raise in the middle of whatever runs.
"""

import mmap
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_shared = mmap.mmap(-1, 1)
_terminated: list[int] = []


def stop_all() -> None:
    """The worker is shutting down: set the byte for all its processes."""
    _shared[0] = 1


def is_stopping() -> bool:
    """The worker shuts down, or this process was told to end."""
    return bool(_shared[0]) or bool(_terminated)


@contextmanager
def own_signals() -> Iterator[None]:
    """SIGTERM and SIGUSR1 set a flag for the time of a slice; SIGTERM is sent again afterwards."""
    before = {number: signal.signal(number, _note) for number in (signal.SIGTERM, signal.SIGUSR1)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        if signal.SIGTERM in _terminated:
            os.kill(os.getpid(), signal.SIGTERM)
        _terminated.clear()


def _note(number: int, frame: FrameType | None) -> None:
    _terminated.append(number)
