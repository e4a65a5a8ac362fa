"""The database beside the loop: a few threads, so that no line waits while a statement runs.

A caller that is inside a transaction (a test) lends its own connection to a single thread.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
THREADS = 3
ERRORS = (OperationalError, InterfaceError)


class Database:
    """Runs functions that use Django's connection, off the loop."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    async def __call__(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises; after a broken connection the next call has a new one."""
        return await asyncio.get_running_loop().run_in_executor(self._threads(), _run, work)

    def close(self) -> None:
        """End the threads; each closes its connection."""
        if self._pool is not None:
            for _ in range(THREADS):
                self._pool.submit(connections.close_all)
            self._pool.shutdown(wait=True)
            self._pool = None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """For the time of a slice, work on the caller's connection if it is in a transaction."""
        if not connection.in_atomic_block:
            yield
            return
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()
        kept, self._pool = self._pool, ThreadPoolExecutor(1, initializer=_borrow, initargs=(own,))
        try:
            yield
        finally:
            self._pool.shutdown(wait=True)
            self._pool = kept
            own.dec_thread_sharing()

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="database")
        return self._pool


def _borrow(own: BaseDatabaseWrapper) -> None:
    connections[DEFAULT_DB_ALIAS] = own


def _run(work: Callable[[], T]) -> T:
    try:
        return work()
    except ERRORS:
        if not connection.in_atomic_block:
            connection.close()
        raise
