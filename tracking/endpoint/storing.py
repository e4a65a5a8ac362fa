"""Stores tracking events by group commit: a request is answered when its event is stored.

One thread writes. All that arrive while it writes share the next statement, which asks each
person's *current* permission, so that a withdrawal stops recording for mail sent long ago. With
the database away events wait in Redis (bounded, drops counted) and the reader is answered.
"""

import json
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg2
import redis

log = logging.getLogger(__name__)

BATCH = 1000
BACKLOG = "tracking:backlog"
BACKLOG_LIMIT = 100_000
DROPPED = "tracking:dropped"


@dataclass(frozen=True, slots=True)
class Event:
    """One request to store: whose mail, what, when (UTC), and who seems to have asked."""

    account: int
    campaign: int
    contact: int
    at: datetime
    kind: str
    number: int
    method: str
    ip: str
    network: str
    agent: str
    signals: str


# may_track is the one function that decides about tracking a person (marketing 0003). A deleted
# contact has no row and is not recorded. A click must name a stored link.
INSERT = """
INSERT INTO tracking_event
    (account_id, at, campaign_id, contact_id, kind, number, method, ip, network, agent,
     signals)
SELECT r.account_id, e.at, r.campaign_id, r.contact_id, e.kind, e.number, e.method, e.ip, e.network,
       e.agent, e.signals
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[],
            %s::smallint[], %s::text[], %s::text[], %s::text[], %s::text[],
            %s::text[])
     AS e(account, campaign, contact, at, kind, number, method, ip, network, agent,
     signals)
JOIN recipient r ON r.account_id = e.account AND r.campaign_id = e.campaign
    AND r.contact_id = e.contact
JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
JOIN account a ON a.id = r.account_id
JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
LEFT JOIN standing s ON s.account_id = r.account_id AND s.address_hash = r.address_hash
WHERE may_track(
        a.tracking, CASE e.kind WHEN 'open' THEN k.track_opens ELSE k.track_clicks END,
        track_class(a.country, a.strict_unknown, c.country), s.tracking)
  AND (e.kind = 'open' OR EXISTS (
        SELECT 1 FROM link l WHERE l.account_id = r.account_id
        AND l.campaign_id = r.campaign_id AND l.number = e.number))
"""


def store(cursor: Any, events: Sequence[Event]) -> int:
    """Insert those events whose person may be tracked now; the number of rows stored."""
    columns = [
        [getattr(event, name) for event in events]
        for name in (
            "account",
            "campaign",
            "contact",
            "at",
            "kind",
            "number",
            "method",
            "ip",
            "network",
            "agent",
            "signals",
        )
    ]
    cursor.execute(INSERT, columns)
    return int(cursor.rowcount)


Done = Callable[[], object]


class Writer:
    """The writing thread. `put` never blocks; `done` is called once the event is safe, or given up.

    `stored_at` and `failing` feed the health page.
    """

    def __init__(self, database_url: str, redis_url: str, limit: int = 20_000) -> None:
        self._database_url = database_url
        self._redis = redis.Redis.from_url(redis_url)
        self._waiting: queue.Queue[tuple[Event, Done]] = queue.Queue(limit)
        self._connection: Any = None
        self._stopping = threading.Event()
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
            self.dropped += 1
            done()

    def _run(self) -> None:
        while not (self._stopping.is_set() and self._waiting.empty()):
            try:
                self._write(self._next_batch())
            except Exception:  # a dead writer would answer 200 and store nothing
                log.exception("tracking writer: a batch failed")

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

    def _write(self, batch: list[tuple[Event, Done]]) -> None:
        events = [event for event, _ in batch]
        try:
            if self.failing or not events:
                self._drain_backlog()
            if events:
                self._insert(events)
                self.stored_at = datetime.now(UTC)
            self.failing = False
        except psycopg2.Error as error:
            log.warning("tracking writer: the database does not take events: %s", error)
            self._connection = None
            self.failing = True
            self._set_aside(events)
        finally:
            for _, done in batch:
                done()

    def _insert(self, events: Sequence[Event]) -> None:
        try:
            self._commit(events)
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            raise
        except psycopg2.Error:
            if len(events) == 1:
                log.exception("tracking writer: an event cannot be stored")
                self.dropped += 1
                return
            # One event the database refuses must not hold up, or take down, the others.
            for event in events:
                self._insert([event])

    def _commit(self, events: Sequence[Event]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self._database_url)
        try:
            with self._connection, self._connection.cursor() as cursor:
                store(cursor, events)
        except psycopg2.Error:
            self._connection.close()
            raise

    def _set_aside(self, events: Sequence[Event]) -> None:
        if not events:
            return
        try:
            length = int(self._redis.rpush(BACKLOG, *(_text(event) for event in events)))
            if length > BACKLOG_LIMIT:
                self._redis.ltrim(BACKLOG, length - BACKLOG_LIMIT, -1)
                self._redis.incrby(DROPPED, length - BACKLOG_LIMIT)
        except redis.RedisError as error:
            self.dropped += len(events)
            log.error("tracking writer: %d events dropped: %s", len(events), error)

    def _drain_backlog(self) -> None:
        """Store what waits in Redis; an entry leaves the list after its commit.

        A kill between the two stores a batch twice; that is the price of losing none.
        """
        while waiting := self._redis.lrange(BACKLOG, 0, BATCH - 1):
            self._insert([_event(text) for text in waiting])
            self._redis.ltrim(BACKLOG, len(waiting), -1)


def _text(event: Event) -> str:
    return json.dumps(asdict(event) | {"at": event.at.isoformat()})


def _event(text: bytes | str) -> Event:
    values = json.loads(text)
    return Event(**(values | {"at": datetime.fromisoformat(values["at"])}))
