"""How many people of one domain the same network and agent asked for around a request.

Counted over all neighbours of a batch at once: asked per request, the database took a thousand
times as long as everything else together.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from marketing.arrays import array
from tracking.folding.reading import Stored
from tracking.folding.summing import Key
from tracking.judging.rules import CROWD, CROWD_REASON, CROWD_TIME

# What stands for a neighbour of a request has its own neighbours within this.
_FAR = 2 * CROWD_TIME


class _Place(NamedTuple):
    """Who seems to have asked for which campaign."""

    campaign_id: int
    network: str
    agent: str


class _Neighbour(NamedTuple):
    at: datetime
    id: int
    contact_id: int
    may_change: bool  # neither a proxy nor known as one of a crowd: no neighbour changes those


class Crowds(NamedTuple):
    """People around each request by its id, where there are others; and who became one of a crowd.

    The fifth mail of a company makes a crowd of five: the four before it are judged anew.
    """

    people: dict[int, int]
    joined: set[Key]


def crowds_around(cursor: Any, account_id: int, events: Iterable[Stored]) -> Crowds:
    """Count the people around these requests, and find whom they made one of a crowd."""
    times: dict[_Place, list[datetime]] = defaultdict(list)
    for one in events:
        if one.is_near:
            times[_Place(one.campaign_id, one.network, one.agent)].append(one.at)
    windows = [(*place, lo, hi) for place, ats in times.items() for lo, hi in _stretches(ats)]
    crowds = Crowds({}, set())
    for (place, _), near in _neighbours(cursor, account_id, windows).items():
        for neighbour, people in zip(near, _people_around(near), strict=True):
            crowds.people[neighbour.id] = people
            if people >= CROWD and neighbour.may_change:
                crowds.joined.add(Key(place.campaign_id, neighbour.contact_id))
    return crowds


def _neighbours(
    cursor: Any, account_id: int, windows: Sequence[tuple[Any, ...]]
) -> dict[tuple[_Place, str], list[_Neighbour]]:
    """The requests in these stretches of time per place and domain, in the order of time."""
    found: dict[tuple[_Place, str], list[_Neighbour]] = defaultdict(list)
    if windows:
        # A fresh partition has no statistics: inside OFFSET 0 stands what only the index over
        # networks serves, so that there is one look into it per window, whatever is guessed.
        cursor.execute(
            """SELECT w.campaign_id, w.network, w.agent,
                      (SELECT split_part(r.address, '@', -1) FROM recipient r
                       WHERE r.account_id = n.account_id AND r.campaign_id = n.campaign_id
                         AND r.contact_id = n.contact_id) AS domain,
                      n.at, n.id, n.contact_id,
                      n.judged_class <> 'proxy' AND position(%s in n.reasons) = 0
               FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[],
                           %s::timestamptz[]) w(campaign_id, network, agent, lo, hi)
               CROSS JOIN LATERAL (
                   SELECT o.account_id, o.campaign_id, o.contact_id, o.agent, o.at, o.id,
                          o.judged_class, o.reasons
                   FROM tracking_event o
                   WHERE o.account_id = %s AND o.network = w.network
                     AND o.at BETWEEN w.lo AND w.hi
                   OFFSET 0) n
               WHERE n.campaign_id = w.campaign_id AND n.agent = w.agent
               ORDER BY n.at""",
            [CROWD_REASON, *(array(column) for column in zip(*windows, strict=True)), account_id],
        )
        for campaign_id, network, agent, domain, *neighbour in cursor.fetchall():
            place = _Place(campaign_id, network, agent)
            found[place, domain].append(_Neighbour(*neighbour))
    return found


def _people_around(near: Sequence[_Neighbour]) -> list[int]:
    """Different people within CROWD_TIME around each request; `near` in the order of time."""
    counts, people = [], Tally[int]()
    first = last = 0
    for one in near:
        while last < len(near) and near[last].at - one.at <= CROWD_TIME:
            people[near[last].contact_id] += 1
            last += 1
        while one.at - near[first].at > CROWD_TIME:
            gone = near[first].contact_id
            people[gone] -= 1
            if not people[gone]:
                del people[gone]
            first += 1
        counts.append(len(people))
    return counts


def _stretches(ats: Iterable[datetime]) -> list[tuple[datetime, datetime]]:
    """Times with what is near them, those that overlap made one."""
    made: list[tuple[datetime, datetime]] = []
    for at in sorted(ats):
        if made and at - _FAR <= made[-1][1]:
            made[-1] = (made[-1][0], at + _FAR)
        else:
            made.append((at - _FAR, at + _FAR))
    return made
