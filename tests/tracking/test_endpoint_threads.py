"""The endpoint between its threads and its sisters: each event once, each drop counted."""

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import redis
from django.conf import settings

from tracking.endpoint import hosts, stops
from tracking.endpoint.backlog import Backlog, redis_url_of
from tracking.endpoint.hosts import Hosts
from tracking.endpoint.stops import Stops
from tracking.endpoint.storing import Batch, Event
from tracking.endpoint.writing import Writer

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
OWN_DATABASE = 13  # of Redis: the backlog has one name


@pytest.fixture
def redis_url() -> Iterator[str]:
    url = redis_url_of(settings.REDIS_URL)
    url = f"{url.partition('?')[0]}?db={OWN_DATABASE}"
    client = redis.Redis.from_url(url)
    client.flushdb()
    yield url
    client.flushdb()
    client.close()


def event(number: int) -> Event:
    return Event(
        account=1,
        campaign=1,
        contact=number,
        at=datetime(2026, 3, 2, tzinfo=UTC),
        kind="open",
        number=0,
        method="GET",
        ip="",
        network="",
        agent="",
        signals="",
    )


def test_a_batch_that_two_processes_split_becomes_each_event_once(redis_url: str) -> None:
    one, other = Backlog(redis_url), Backlog(redis_url)
    one.add(Batch((event(1), event(2))))
    seen = other.first(10)
    one.split(one.first(10))
    other.split(seen)
    waiting = one.first(10)
    assert [batch.events for batch in waiting] == [(event(1),), (event(2),)]
    other.remove(waiting)
    one.remove(waiting)
    assert one.first(10) == []
    assert redis.Redis.from_url(redis_url).get("tracking:backlog:events") == b"0"


class Counting(Backlog):
    """More events find no room while Redis is told of those that found none."""

    def __init__(self, redis_url: str, writer: Writer) -> None:
        super().__init__(redis_url)
        self._writer = writer
        self._has_told = False

    def count_dropped(self, events: int) -> None:
        """Tell, and drop one more meanwhile, as the loop does."""
        super().count_dropped(events)
        if not self._has_told:
            self._has_told = True
            self._writer.put(event(9), int)


def test_a_drop_is_counted_that_comes_while_others_are_told(redis_url: str) -> None:
    writer = Writer(NOWHERE, redis_url, limit=1)
    writer._backlog = Counting(redis_url, writer)
    for number in range(3):  # nobody writes: two find no room
        writer.put(event(number), int)
    writer._count_dropped()
    writer._count_dropped()
    assert redis.Redis.from_url(redis_url).get("tracking:dropped") == b"3"
    assert writer.dropped == 3


def test_a_reader_whose_loop_is_gone_harms_no_other(redis_url: str) -> None:
    writer = Writer(NOWHERE, redis_url)
    told = threading.Event()

    def gone() -> None:
        raise RuntimeError("Event loop is closed")

    writer.put(event(1), gone)
    writer.put(event(2), told.set)
    writer.start()
    assert told.wait(60)
    assert writer.is_alive
    writer.stop(60)


def test_hosts_are_read_anew_for_one_request_of_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A read waits for its turn in the pool of threads; those who ask meanwhile start no other."""
    monkeypatch.setattr(hosts, "EVERY_S", 0.0)
    known = Hosts(NOWHERE)
    known.read()
    monkeypatch.setattr(hosts, "EVERY_S", -1.0)
    due = [known.takes_turn()]
    monkeypatch.setattr(hosts, "EVERY_S", 30.0)
    due += [known.takes_turn() for _ in range(3)]
    assert due == [True, False, False, False]


class Faulty:
    """A fault that nobody thought of, then rows."""

    def __init__(self) -> None:
        self.faults = 1

    def select(self, statement: str, values: Sequence[int] = ()) -> list[tuple[Any, ...]]:
        """One stopped account."""
        if self.faults:
            self.faults -= 1
            raise UnicodeDecodeError("utf-8", b"\xfc", 0, 1, "said in another encoding")
        return [(7, 0, 0)]


def test_stopped_links_are_read_on_after_a_fault_that_nobody_thought_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(stops, "EVERY_S", 0.01)
    known = Stops(NOWHERE)
    known._reader = Faulty()  # type: ignore[assignment]
    known.watch()
    ended = threading.Event()
    for _ in range(2000):
        if known.covers(7, 1, 1):
            break
        ended.wait(0.01)
    known.end()
    assert known.covers(7, 1, 1)
