"""Folds tracking events into what lists and statistics read.

A recipient whose events changed is judged and summed anew from all its events, so that folding
twice, or late, gives the same rows. Counters and totals move by the difference between the old and
the new sums, in the same transaction: nothing is counted by scanning a campaign.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from django.db import connection

from marketing.arrays import array, numbers
from marketing.tenancy import use_account
from tracking.folding import writing
from tracking.folding.crowding import Crowds, crowds_around
from tracking.folding.locking import may_fold
from tracking.folding.reading import Stored, events_of, events_of_new, links_of, look_up_by_key
from tracking.folding.summing import First, Key, Sums, sum_up
from tracking.judging.rules import RULES_VERSION, Judgement, Mail, Seen, judge, signals_in
from tracking.judging.tables import Networks, shipped_networks

# Half a second of work. A thousand took half as long again for each event, ten thousand no less.
BATCH = 4000


class Judged(NamedTuple):
    """An event with its judgement of now."""

    event: Stored
    judgement: Judgement


def fold(account_id: int, *, networks: Networks | None = None) -> int:
    """Fold one batch of an account's new events; returns how many there were (0: none left).

    One folding per account at a time; whoever comes second finds nothing to do.
    """
    with use_account(account_id), connection.cursor() as cursor:
        if not may_fold(cursor, account_id):
            return 0
        look_up_by_key(cursor)
        events = events_of_new(cursor, account_id, BATCH)
        if not events:
            return 0
        _forget(cursor, account_id, [one for one in events if one.domain is None])
        crowds = crowds_around(cursor, account_id, events)
        others = crowds.joined.difference(one.key for one in events) if crowds.joined else ()
        known = [one for one in events if one.domain is not None]
        judged = _judge(cursor, account_id, known, crowds, networks or shipped_networks())
        if others:
            judged |= _judged_anew(cursor, account_id, sorted(others), networks)
        _store(cursor, account_id, judged)
        return sum(not one.counted_class for one in events)


def refold(cursor: Any, account_id: int, keys: Sequence[Key]) -> None:
    """Judge these recipients anew by the version in force, which is written on each event.

    The caller is inside `use_account` and holds the account's folding lock.
    """
    look_up_by_key(cursor)
    judged = _judged_anew(cursor, account_id, keys, None)
    _store(cursor, account_id, judged, is_anew=True)


def _judged_anew(
    cursor: Any, account_id: int, keys: Sequence[Key], networks: Networks | None
) -> dict[Key, list[Judged]]:
    events = [one for one in events_of(cursor, account_id, keys) if one.domain is not None]
    crowds = crowds_around(cursor, account_id, events)
    return _judge(cursor, account_id, events, crowds, networks or shipped_networks())


def _forget(cursor: Any, account_id: int, gone: Sequence[Stored]) -> None:
    """Events whose recipient is gone count nowhere; left alone they would wait for ever."""
    if gone:
        cursor.execute(
            """DELETE FROM tracking_event e
               USING unnest(%s::timestamptz[], %s::bigint[]) n(at, id)
               WHERE e.account_id = %s AND e.at = n.at AND e.id = n.id AND e.folded_at IS NULL""",
            [array([one.at for one in gone]), numbers([one.id for one in gone]), account_id],
        )


def _judge(
    cursor: Any, account_id: int, events: Sequence[Stored], crowds: Crowds, networks: Networks
) -> dict[Key, list[Judged]]:
    links = links_of(cursor, account_id, sorted({one.campaign_id for one in events}))
    judged = {}
    for (campaign_id, contact_id), group in groupby(events, itemgetter(0, 1)):
        own = list(group)
        mail = Mail(own[0].sent_at, links.get(campaign_id, 0))
        seen = [_seen(one, crowds.people.get(one.id, 1)) for one in own]
        found = judge(seen, mail, networks)
        judged[Key(campaign_id, contact_id)] = list(map(Judged, own, found))
    return judged


def _seen(event: Stored, crowd: int) -> Seen:
    return Seen(
        event.at,
        event.kind,
        event.number,
        event.ip,
        event.agent,
        signals_in(event.signals),
        crowd,
    )


def _store(
    cursor: Any, account_id: int, judged: dict[Key, list[Judged]], *, is_anew: bool = False
) -> None:
    settled = _settled(cursor, account_id, list(judged))
    sums: dict[Key, Sums] = {}
    for key, own in judged.items():
        lines = [(e.kind, e.number, j.judged_class, e.at) for e, j in own]
        sums[key] = sum_up(lines, settled=settled.get(key, ()))
    old = writing.counted_sums(cursor, account_id, list(judged))
    every = [one for own in judged.values() for one in own]
    changed = [(e, j) for e, j in every if e.counted_class != j.judged_class]
    written = every if is_anew else changed
    writing.write_classes(
        cursor,
        account_id,
        [(e.at, e.id, j.judged_class, j.told()) for e, j in written],
        RULES_VERSION,
    )
    writing.write_engagement(cursor, account_id, sums)
    pressed = writing.write_link_clicks(cursor, account_id, old, sums)
    writing.add_to_first_times(
        cursor,
        account_id,
        old=[*pressed, *_firsts(old)],
        new=_firsts(sums),
    )
    writing.add_to_counters(cursor, account_id, [(e, j.judged_class) for e, j in changed])
    writing.add_to_totals(cursor, account_id, old, sums, RULES_VERSION)


def _settled(
    cursor: Any, account_id: int, keys: Sequence[Key]
) -> dict[Key, list[tuple[str, int, str, datetime, int]]]:
    """What is left of these recipients' events that are deleted by now (tracking.keeping)."""
    cursor.execute(
        """SELECT s.campaign_id, s.contact_id, s.kind, s.number, s.judged_class, s.first_at,
                  s.events
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN settled_event s ON s.account_id = %s
               AND s.campaign_id = k.campaign_id AND s.contact_id = k.contact_id""",
        [
            numbers([k.campaign_id for k in keys]),
            numbers([k.contact_id for k in keys]),
            account_id,
        ],
    )
    found: dict[Key, list[tuple[str, int, str, datetime, int]]] = defaultdict(list)
    for campaign_id, contact_id, *line in cursor.fetchall():
        found[Key(campaign_id, contact_id)].append(tuple(line))
    return found


def _firsts(sums: dict[Key, Sums]) -> list[First]:
    return [first for key, own in sums.items() for first in own.firsts(key.campaign_id)]
