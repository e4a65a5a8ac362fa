"""The thread that writes: a request is answered when its event is stored (group commit).

All that arrive while it writes share the next statement. With the database away or slow, events
wait in Redis and the reader is answered; the thread itself outlives every error.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import psycopg2
import redis

from tracking.endpoint.backlog import Backlog, Waiting
from tracking.endpoint.storing import PREPARE, Batch, Event, store

log = logging.getLogger(__name__)

BATCH: Final = 1000
RETRY_S: Final = 1.0
# A reader waits no longer than this for a slow statement; then the event waits in Redis.
STATEMENT_MS: Final = 2000
CONNECT_S: Final = 2

Done = Callable[[], object]


def connected(database_url: str) -> Any:
    """A connection on which nothing waits for long."""
    return psycopg2.connect(
        database_url,
        connect_timeout=CONNECT_S,
        tcp_user_timeout=CONNECT_S * 1000,
        # One plan for the prepared statement: making one takes longer than storing forty events.
        options=f"-c statement_timeout={STATEMENT_MS} -c lock_timeout={STATEMENT_MS}"
        " -c plan_cache_mode=force_generic_plan",
    )


class Writer:
    """`put` never blocks; `done` is called once the event is safe, or given up and counted.

    `stored_at`, `failing` and `dropped` feed the endpoint's health.
    """

    def __init__(self, database_url: str, redis_url: str, limit: int = 20_000) -> None:
        self._database_url = database_url
        self._backlog = Backlog(redis_url)
        self._waiting: queue.Queue[tuple[Event, Done]] = queue.Queue(limit)
        self._connection: Any = None
        self._stopping = threading.Event()
        self._drain_at = self._retry_at = 0.0
        self._uncounted = 0
        self._counting = threading.Lock()
        self.failing = False
        self.stored_at: datetime | None = None
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="tracking-writer", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self, seconds: float = 5) -> None:
        """Write what waits, then end."""
        self._stopping.set()
        self._thread.join(seconds)

    @property
    def is_alive(self) -> bool:
        """Whether somebody writes at all."""
        return self._thread.is_alive()

    def put(self, event: Event, done: Done) -> None:
        """Hand over one event; a full queue drops it, counts the drop and answers the reader."""
        try:
            self._waiting.put_nowait((event, done))
        except queue.Full:
            self._drop(1)
            done()

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._waiting.empty()):
            batch = self._next_batch()
            try:
                self._write([event for event, _ in batch])
            except Exception:  # a dead writer would answer 200 and store nothing
                log.exception("tracking writer: a batch failed")
                self._drop(len(batch))
            _tell([done for _, done in batch])
            try:
                self._drain()
            except Exception:
                log.exception("tracking writer: the backlog cannot be stored")

    def _next_batch(self) -> list[tuple[Event, Done]]:
        try:
            batch = [self._waiting.get(timeout=0.5)]
        except queue.Empty:
            return []
        while len(batch) < BATCH:
            try:
                batch.append(self._waiting.get_nowait())
            except queue.Empty:
                break
        return batch

    def _write(self, events: list[Event]) -> None:
        if not events:
            return
        batch = Batch(tuple(events))
        if self.failing and time.monotonic() < self._retry_at:
            self._set_aside(batch)
            return
        try:
            self._store([batch])
            self.failing, self.stored_at = False, datetime.now(UTC)
        except psycopg2.DataError:
            self._set_aside(batch)  # draining sorts out which event the database refuses
        except psycopg2.Error as error:
            log.warning("tracking writer: the database does not take events: %s", error)
            self.failing, self._retry_at = True, time.monotonic() + RETRY_S
            self._set_aside(batch)

    def _store(self, batches: Sequence[Batch]) -> None:
        """Store and commit; after an error they may be stored all the same, their names tell."""
        connection = self._open()
        try:
            with connection.cursor() as cursor:
                store(cursor, batches, is_prepared=True)
            connection.commit()
        except psycopg2.Error:
            connection.close()
            raise

    def _set_aside(self, batch: Batch) -> None:
        try:
            if not self._backlog.add(batch):
                with self._counting:
                    self.dropped += len(batch.events)
        except redis.RedisError as error:
            log.error("tracking writer: %d events dropped: %s", len(batch.events), error)
            self._drop(len(batch.events))

    def _drop(self, events: int) -> None:
        """By the loop where the queue is full, or by the thread."""
        with self._counting:
            self.dropped += events
            self._uncounted += events

    def _drain(self) -> None:
        """Store what waits in Redis, a little at a time; several processes may try the same."""
        if time.monotonic() < max(self._drain_at, self._retry_at):
            return
        self._drain_at = time.monotonic() + RETRY_S
        try:
            self._count_dropped()
            while waiting := self._backlog.first(BATCH):
                self._store_waiting(waiting)
                if not self._waiting.empty():
                    self._drain_at = 0.0  # readers first, then the rest
                    break
            self._check()
        except redis.RedisError as error:
            log.warning("tracking writer: Redis is away: %s", error)
            self._check()
        except psycopg2.Error as error:
            log.warning("tracking writer: the backlog waits on: %s", error)
            self.failing, self._retry_at = True, time.monotonic() + RETRY_S

    def _store_waiting(self, batches: list[Waiting]) -> None:
        try:
            self._store(batches)
        except psycopg2.DataError as error:
            if sum(len(batch.events) for batch in batches) > 1:
                self._split(batches)
                return
            log.error("tracking writer: an event cannot be stored: %s", error)
            self._drop(1)
        self._backlog.remove(batches)

    def _split(self, batches: list[Waiting]) -> None:
        """Something the database refuses for good is among them: find it by halves."""
        if len(batches) == 1:
            self._backlog.split(batches)
            return
        middle = len(batches) // 2
        self._store_waiting(batches[:middle])
        self._store_waiting(batches[middle:])

    def _count_dropped(self) -> None:
        if counted := self._uncounted:
            self._backlog.count_dropped(counted)
            with self._counting:  # more may have come meanwhile
                self._uncounted -= counted

    def _check(self) -> None:
        """Whether the database is back, when nobody asks."""
        if self.failing:
            connection = self._open()
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            connection.commit()
            self.failing = False

    def _open(self) -> Any:
        if self._connection is None or self._connection.closed:
            connection = connected(self._database_url)
            with connection.cursor() as cursor:
                cursor.execute(PREPARE)
            connection.commit()
            self._connection = connection
        return self._connection


def _tell(waiting: Sequence[Done]) -> None:
    """All of them, whatever becomes of one: its loop may be gone."""
    for done in waiting:
        try:
            done()
        except Exception:
            log.exception("tracking writer: a reader could not be told")
