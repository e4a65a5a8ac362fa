"""How many people of one domain the same network and agent asked for around a request.

Counted over all neighbours of a batch at once: asked per request, the database took a thousand
times as long as everything else together.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from marketing.arrays import array
from tracking.judging.rules import CROWD, CROWD_TIME


class Place(NamedTuple):
    """Who seems to have asked for which campaign."""

    campaign_id: int
    network: str
    agent: str


class Asked(NamedTuple):
    """One request to be counted around: where, for whose domain, when."""

    place: Place
    domain: str
    at: datetime


Neighbours = Mapping[tuple[Place, str], Sequence[tuple[datetime, int]]]


def neighbours_of(cursor: Any, account_id: int, asked: Iterable[Asked]) -> Neighbours:
    """Times and contacts per place and domain in the stretches of time around the requests."""
    times: dict[Place, list[datetime]] = defaultdict(list)
    for one in asked:
        if one.place.network:
            times[one.place].append(one.at)
    windows = [(*place, lo, hi) for place, ats in times.items() for lo, hi in _stretches(ats)]
    found: dict[tuple[Place, str], list[tuple[datetime, int]]] = defaultdict(list)
    if windows:
        # A fresh partition has no statistics: inside OFFSET 0 stands what only the index over
        # networks serves, so that there is one look into it per window, whatever is guessed.
        cursor.execute(
            """SELECT w.campaign_id, w.network, w.agent,
                      (SELECT split_part(r.address, '@', -1) FROM recipient r
                       WHERE r.account_id = n.account_id AND r.campaign_id = n.campaign_id
                         AND r.contact_id = n.contact_id) AS domain,
                      n.at, n.contact_id
               FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                           %s::timestamptz[]) w(campaign_id, network, agent, lo, hi)
               CROSS JOIN LATERAL (
                   SELECT o.account_id, o.campaign_id, o.contact_id, o.agent, o.at
                   FROM tracking_event o
                   WHERE o.account_id = %s AND o.network = w.network
                     AND o.at BETWEEN w.lo AND w.hi
                   OFFSET 0) n
               WHERE n.campaign_id = w.campaign_id AND n.agent = w.agent
               ORDER BY n.at""",
            [*(array(column) for column in zip(*windows, strict=True)), account_id],
        )
        for campaign_id, network, agent, domain, at, contact_id in cursor.fetchall():
            found[Place(campaign_id, network, agent), domain].append((at, contact_id))
    return found


def crowd_around(one: Asked, neighbours: Neighbours) -> int:
    """Different people within CROWD_TIME around the request; counting stops at CROWD."""
    near = neighbours.get((one.place, one.domain), ())
    if len(near) <= 1:
        return len(near)  # most people read alone
    first = bisect_left(near, one.at - CROWD_TIME, key=_at)
    last = bisect_right(near, one.at + CROWD_TIME, key=_at)
    people: set[int] = set()
    for number in range(first, last):
        people.add(near[number][1])
        if len(people) >= CROWD:
            break
    return len(people)


def _at(neighbour: tuple[datetime, int]) -> datetime:
    return neighbour[0]


def _stretches(ats: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Times with CROWD_TIME around each, those that overlap made one."""
    made: list[tuple[datetime, datetime]] = []
    for at in sorted(ats):
        if made and at - CROWD_TIME <= made[-1][1]:
            made[-1] = (made[-1][0], at + CROWD_TIME)
        else:
            made.append((at - CROWD_TIME, at + CROWD_TIME))
    return made
