"""What the threads of a process share is made once, also when they ask at the same moment."""

import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from campaigns.sending.rates import groups, storing

THREADS = 4


@pytest.fixture(autouse=True)
def switching() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.parametrize(
    ("kept", "shared"),
    [(storing._clients, storing.client), (groups._directories, groups.directory)],
)
def test_threads_that_ask_first_get_the_same_one(
    kept: dict[Any, Any], shared: Callable[[], Any]
) -> None:
    start = threading.Barrier(THREADS)

    def ask(_: int) -> Any:
        start.wait(20)
        return shared()

    with ThreadPoolExecutor(THREADS) as threads:
        for _ in range(50):
            kept.clear()
            found = list(threads.map(ask, range(THREADS)))
            assert all(one is found[0] for one in found)
    assert list(kept.values()) == [found[0]]
