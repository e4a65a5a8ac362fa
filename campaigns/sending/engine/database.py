"""The database beside the loop: a few threads, so that no line waits while a statement runs.

A caller that is inside a transaction (a test) lends its own connection to a single thread.
"""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar
from weakref import WeakValueDictionary

from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper

T = TypeVar("T")
THREADS = 3
ERRORS = (OperationalError, InterfaceError)


class Database:
    """Runs functions that use Django's connection, off the loop."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._long: ThreadPoolExecutor | None = None
        self._is_lent = False
        self._opened: list[BaseDatabaseWrapper] = []  # one per thread
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def __call__(self, work: Callable[[], T], *, is_long: bool = False) -> T:
        """What `work` returns or raises; after a broken connection the next call has a new one.

        `is_long`: it takes seconds, in a thread of its own.
        """
        threads = self._long_threads() if is_long else self._threads()
        return await asyncio.get_running_loop().run_in_executor(threads, _run, work)

    async def in_turn(self, account_id: int, work: Callable[[], T]) -> T:
        """The same for what waits for the account's ledger: one thread at a time, no more.

        Whoever holds a ledger for long (an import) would else hold up everybody in this process.
        """
        async with self._turns.setdefault(account_id, asyncio.Lock()):
            return await self(work)

    def close(self) -> None:
        """End the threads, then close their connections."""
        for pool in (self._pool, self._long):
            if pool is not None:
                pool.shutdown(wait=True)
        self._pool = self._long = None
        for opened in self._opened:
            opened.inc_thread_sharing()
            opened.close()
        self._opened.clear()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """For the time of a slice, work on the caller's connection if it is in a transaction."""
        if not connection.in_atomic_block:
            yield
            return
        own = connections[DEFAULT_DB_ALIAS]
        own.inc_thread_sharing()
        kept, self._pool = self._pool, ThreadPoolExecutor(1, initializer=_borrow, initargs=(own,))
        self._is_lent = True
        try:
            yield
        finally:
            self._is_lent = False
            self._pool.shutdown(wait=True)
            self._pool = kept
            own.dec_thread_sharing()

    def _threads(self) -> ThreadPoolExecutor:
        if self._pool is None:
            self._pool = self._new_threads("database")
        return self._pool

    def _long_threads(self) -> ThreadPoolExecutor:
        if self._is_lent:
            return self._threads()
        if self._long is None:
            self._long = self._new_threads("otherwise")
        return self._long

    def _new_threads(self, name: str) -> ThreadPoolExecutor:
        def remember() -> None:
            self._opened.append(connections[DEFAULT_DB_ALIAS])

        return ThreadPoolExecutor(THREADS, thread_name_prefix=name, initializer=remember)


def _borrow(own: BaseDatabaseWrapper) -> None:
    connections[DEFAULT_DB_ALIAS] = own


def _run(work: Callable[[], T]) -> T:
    try:
        return work()
    except ERRORS:
        if not connection.in_atomic_block:
            connection.close()
        raise
