"""Folds tracking events into what lists and statistics read.

A recipient whose events changed is judged and summed anew from all its events, so that folding
twice, or late, gives the same rows. Counters and totals move by the difference between the old and
the new sums, in the same transaction: nothing is counted by scanning a campaign.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from marketing.arrays import array
from marketing.tenancy import use_account
from tracking.folding import writing
from tracking.folding.crowding import Asked, Place, crowd_around, neighbours_of
from tracking.folding.locking import may_fold
from tracking.folding.summing import First, Key, Stored, Sums, sum_up
from tracking.judging.rules import CROWD_REASON, CROWD_TIME, RULES_VERSION, Mail, Seen, judge
from tracking.judging.tables import Networks, shipped_networks

# Half a second of work. A thousand took half as long again for each event, ten thousand no less.
BATCH = 4000


@dataclass(frozen=True, slots=True)
class Judged:
    """An event with its new class and the class it was counted under ("" for none)."""

    event: Stored
    judged_class: str
    reasons: str


def fold(account_id: int, *, networks: Networks | None = None) -> int:
    """Fold one batch of an account's new events; returns how many there were (0: none left).

    One folding per account at a time; whoever comes second finds nothing to do.
    """
    with use_account(account_id), connection.cursor() as cursor:
        if not may_fold(cursor, account_id):
            return 0
        new = _new_events(cursor, account_id)
        if not new:
            return 0
        keys = _touched(cursor, account_id, new)
        events = _events_of(cursor, account_id, keys)
        judged = _judge(cursor, account_id, events, networks or shipped_networks())
        _store(cursor, account_id, judged)
        known = {(j.event.at, j.event.id) for own in judged.values() for j in own}
        _forget(cursor, account_id, [one for one in new if one not in known])
        return len(new)


def refold(cursor: Any, account_id: int, keys: Sequence[Key]) -> None:
    """Judge these recipients anew by the version in force, which is written on each event.

    The caller is inside `use_account` and holds the account's folding lock.
    """
    events = _events_of(cursor, account_id, keys)
    judged = _judge(cursor, account_id, events, shipped_networks())
    _store(cursor, account_id, judged, is_anew=True)


def _new_events(cursor: Any, account_id: int) -> list[tuple[datetime, int]]:
    cursor.execute(
        """SELECT at, id FROM tracking_event
           WHERE account_id = %s AND folded_at IS NULL ORDER BY at, id LIMIT %s""",
        [account_id, BATCH],
    )
    return list(cursor.fetchall())


def _forget(cursor: Any, account_id: int, gone: Sequence[tuple[datetime, int]]) -> None:
    """Events whose recipient is gone count nowhere; left alone they would wait for ever."""
    if gone:
        cursor.execute(
            """DELETE FROM tracking_event e
               USING unnest(%s::timestamptz[], %s::bigint[]) n(at, id)
               WHERE e.account_id = %s AND e.at = n.at AND e.id = n.id AND e.folded_at IS NULL""",
            [array(at for at, _ in gone), array(number for _, number in gone), account_id],
        )


def _touched(cursor: Any, account_id: int, new: Sequence[tuple[datetime, int]]) -> list[Key]:
    """Recipients of the new events, and those the same network and agent asked for around them.

    The second kind may have to be judged anew: the fifth mail of a company makes a crowd of five.
    Not who is known as one of a crowd, or as a proxy: no neighbour changes that.
    """
    cursor.execute(
        """WITH new AS MATERIALIZED (
               SELECT e.* FROM unnest(%(ats)s::timestamptz[], %(ids)s::bigint[]) n(at, id)
               JOIN tracking_event e ON e.account_id = %(account)s AND e.at = n.at AND e.id = n.id)
           SELECT campaign_id, contact_id FROM new
           UNION
           SELECT o.campaign_id, o.contact_id
           FROM (SELECT DISTINCT network, agent, campaign_id, date_trunc('minute', at) AS minute
                 FROM new WHERE network <> '') n
           CROSS JOIN LATERAL (
               SELECT e.* FROM tracking_event e
               WHERE e.account_id = %(account)s AND e.network = n.network
                 AND e.at BETWEEN n.minute - %(time)s
                     AND n.minute + interval '1 minute' + %(time)s
               OFFSET 0) o  -- see crowding
           WHERE o.agent = n.agent AND o.campaign_id = n.campaign_id
               AND o.judged_class <> 'proxy' AND position(%(crowd)s in o.reasons) = 0
           ORDER BY 1, 2""",
        {
            "account": account_id,
            "ats": array(at for at, _ in new),
            "ids": array(number for _, number in new),
            "time": CROWD_TIME,
            "crowd": CROWD_REASON,
        },
    )
    return [Key(*row) for row in cursor.fetchall()]


def _events_of(cursor: Any, account_id: int, keys: Sequence[Key]) -> list[Stored]:
    cursor.execute(
        """SELECT e.at, e.id, e.campaign_id, e.contact_id, e.kind, e.number, e.ip, e.agent,
                  e.signals, CASE WHEN e.folded_at IS NULL THEN '' ELSE e.judged_class END,
                  e.network, split_part(r.address, '@', -1)
           FROM unnest(%(campaigns)s::bigint[], %(contacts)s::bigint[]) k(campaign_id, contact_id)
           JOIN tracking_event e ON e.account_id = %(account)s
               AND e.campaign_id = k.campaign_id AND e.contact_id = k.contact_id
           JOIN recipient r ON r.account_id = e.account_id
               AND r.campaign_id = e.campaign_id AND r.contact_id = e.contact_id
           ORDER BY e.campaign_id, e.contact_id, e.at, e.id""",
        {
            "account": account_id,
            "campaigns": array(key.campaign_id for key in keys),
            "contacts": array(key.contact_id for key in keys),
        },
    )
    rows = cursor.fetchall()
    asked = [_asked(row) for row in rows]
    neighbours = neighbours_of(cursor, account_id, asked)
    return [
        Stored(*(*row[:10], crowd_around(one, neighbours)))
        for row, one in zip(rows, asked, strict=True)
    ]


def _asked(row: tuple[Any, ...]) -> Asked:
    at, _, campaign_id, _, _, _, _, agent, _, _, network, domain = row
    return Asked(Place(campaign_id, network, agent), domain, at)


def _judge(
    cursor: Any, account_id: int, events: Iterable[Stored], networks: Networks
) -> dict[Key, list[Judged]]:
    by_key: dict[Key, list[Stored]] = defaultdict(list)
    for event in events:
        by_key[event.key].append(event)
    mails = _mails(cursor, account_id, list(by_key))
    judged = {}
    for key, own in by_key.items():
        judgements = judge([_seen(event) for event in own], mails[key], networks)
        judged[key] = [
            Judged(event, j.judged_class, "; ".join(j.reasons)[:300])
            for event, j in zip(own, judgements, strict=True)
        ]
    return judged


def _mails(cursor: Any, account_id: int, keys: Sequence[Key]) -> dict[Key, Mail]:
    cursor.execute(
        """SELECT r.campaign_id, r.contact_id, r.sent_at,
                  (SELECT count(*) FROM link l WHERE l.account_id = r.account_id
                   AND l.campaign_id = r.campaign_id)
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN recipient r ON r.account_id = %s
               AND r.campaign_id = k.campaign_id AND r.contact_id = k.contact_id""",
        [array(k.campaign_id for k in keys), array(k.contact_id for k in keys), account_id],
    )
    return {Key(c, p): Mail(sent_at, links) for c, p, sent_at, links in cursor.fetchall()}


def _seen(event: Stored) -> Seen:
    return Seen(
        at=event.at,
        kind=event.kind,
        number=event.number,
        ip=event.ip,
        agent=event.agent,
        signals=frozenset(event.signals.split()),
        crowd=event.crowd,
    )


def _store(
    cursor: Any, account_id: int, judged: dict[Key, list[Judged]], *, is_anew: bool = False
) -> None:
    settled = _settled(cursor, account_id, list(judged))
    sums: dict[Key, Sums] = {}
    for key, own in judged.items():
        sums[key] = sum_up(((j.event, j.judged_class) for j in own), settled=settled.get(key, ()))
    old = writing.lock_engagement(cursor, account_id, list(judged))
    every = [j for own in judged.values() for j in own]
    changed = [j for j in every if j.event.counted_class != j.judged_class]
    written = every if is_anew else changed
    writing.write_classes(
        cursor,
        account_id,
        [(j.event.at, j.event.id, j.judged_class, j.reasons) for j in written],
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
    writing.add_to_counters(cursor, account_id, [(j.event, j.judged_class) for j in changed])
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
        [array(k.campaign_id for k in keys), array(k.contact_id for k in keys), account_id],
    )
    found: dict[Key, list[tuple[str, int, str, datetime, int]]] = defaultdict(list)
    for campaign_id, contact_id, *line in cursor.fetchall():
        found[Key(campaign_id, contact_id)].append(tuple(line))
    return found


def _firsts(sums: dict[Key, Sums]) -> list[First]:
    return [first for key, own in sums.items() for first in own.firsts(key.campaign_id)]
