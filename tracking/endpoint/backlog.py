"""Batches of events that wait in Redis while the database is away: bounded, drops counted.

Each keeps the name under which it was, or will be, stored, so that none is stored twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import redis

from tracking.endpoint.storing import Batch, Event

LIMIT: Final = 100_000  # events
_LIST: Final = "tracking:backlog"
_WAITING: Final = "tracking:backlog:events"
_DROPPED: Final = "tracking:dropped"
_TIMEOUT_S: Final = 1.0
# Whoever takes a batch out of the list puts in what comes instead, and counts; nobody else does.
_REPLACE: Final = """
if redis.call('LREM', KEYS[1], 1, ARGV[1]) > 0 then
    for place = 3, #ARGV do redis.call('RPUSH', KEYS[1], ARGV[place]) end
    redis.call('DECRBY', KEYS[2], ARGV[2])
end
"""


@dataclass(frozen=True, slots=True)
class Waiting(Batch):
    """A batch as it lies in Redis."""

    text: bytes = b""


class Backlog:
    """All methods raise redis.RedisError when Redis is away, after a second at most."""

    def __init__(self, redis_url: str, limit: int = LIMIT) -> None:
        self._redis = _client(redis_url)
        self._limit = limit

    def add(self, batch: Batch) -> bool:
        """Keep a batch; False when there is no room: then it is counted as dropped."""
        if int(self._redis.get(_WAITING) or 0) + len(batch.events) > self._limit:
            self.count_dropped(len(batch.events))
            return False
        with self._redis.pipeline(transaction=True) as together:
            together.rpush(_LIST, _packed(batch))
            together.incrby(_WAITING, len(batch.events))
            together.execute()
        return True

    def first(self, most: int) -> list[Waiting]:
        """The batches that wait longest, with at most that many events (one batch at least)."""
        taken: list[Waiting] = []
        events = 0
        for text in self._redis.lrange(_LIST, 0, most - 1):
            values = json.loads(text)
            events += len(values["events"])
            if taken and events > most:
                break
            own = tuple(map(Event.of, values["events"]))
            taken.append(Waiting(own, values["name"], text))
        return taken

    def remove(self, batches: Sequence[Waiting]) -> None:
        """After the COMMIT; removing what is gone does nothing."""
        with self._redis.pipeline(transaction=True) as together:
            for batch in batches:
                self._replace(together, batch, gone=len(batch.events))
            together.execute()

    def split(self, batches: Sequence[Waiting]) -> None:
        """A batch for each event instead of these; of two processes that try it only one does."""
        with self._redis.pipeline(transaction=True) as together:
            for batch in batches:
                own = [_packed(Batch((event,))) for event in batch.events]
                self._replace(together, batch, *own, gone=0)
            together.execute()

    def _replace(self, redis_: Any, batch: Waiting, *others: str, gone: int) -> None:
        redis_.eval(_REPLACE, 2, _LIST, _WAITING, batch.text, gone, *others)

    def count_dropped(self, events: int) -> None:
        """Add to the drops that the page about measuring shows."""
        self._redis.incrby(_DROPPED, events)


@dataclass(frozen=True, slots=True)
class Health:
    """Events in Redis, and events that found no room anywhere since Redis began."""

    events: int
    dropped: int


def waiting_in(redis_url: str) -> Health | None:
    """For pages: what waits and what was dropped; None when Redis is away."""
    client = _client(redis_url)
    try:
        events, dropped = client.mget(_WAITING, _DROPPED)
    except redis.RedisError:
        return None
    finally:
        client.close()
    return Health(int(events or 0), int(dropped or 0))


def redis_url_of(celery_url: str) -> str:
    """Celery's spelling of a unix socket in redis-py's."""
    if celery_url.startswith("redis+socket://"):
        return celery_url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return celery_url


def _client(url: str) -> Any:
    return redis.Redis.from_url(url, socket_timeout=_TIMEOUT_S, socket_connect_timeout=_TIMEOUT_S)


def _packed(batch: Batch) -> str:
    events = [event.values() for event in batch.events]
    return json.dumps({"name": batch.name, "events": events})
