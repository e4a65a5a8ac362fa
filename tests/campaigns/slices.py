"""Slices one after the other, as a worker runs them: however little a busy machine does in one."""

import time
from collections.abc import Callable

from campaigns.sending import running

PATIENCE_S = 180


def send_chunks() -> None:
    """Campaign mail and requests, until nothing is left to do at once."""
    _until_done(running.send_chunks)


def send_due() -> None:
    """The rows that are due by themselves, likewise."""
    _until_done(running.send_due)


def _until_done(a_slice: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while a_slice():
        assert time.monotonic() < until, "there is always more to do"
