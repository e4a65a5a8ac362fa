"""Writes what folding found: classes on events, engagement, link clicks, counters, totals.

Each function is one or two statements over arrays; the caller holds the account's folding lock.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.recipients.unsent import UNSENT
from marketing.arrays import array, numbers
from tracking.folding.reading import Stored
from tracking.folding.summing import (
    CLASSES,
    First,
    Key,
    Presence,
    Sums,
    flags_of,
    hour_of,
    traces_of,
)

TOTALS = (
    "viewers",
    "clickers",
    "clicked_unseen",
    "proxy_only",
    "unsure_only",
    "machine_only",
)
TRACES = ("opened_unsent", "clicked_unsent")
_NOBODY = Presence()


def counted_sums(cursor: Any, account_id: int, keys: Sequence[Key]) -> dict[Key, Sums]:
    """The sums as they were counted until now. Who changes them holds the account's lock."""
    cursor.execute(
        """SELECT e.campaign_id, e.contact_id, e.opens, e.opens_proxy, e.opens_machine,
                  e.opens_unknown, e.clicks, e.clicks_proxy, e.clicks_machine, e.clicks_unknown,
                  e.opened_first_at, e.clicked_first_at
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN engagement e ON e.account_id = %s
               AND e.campaign_id = k.campaign_id AND e.contact_id = k.contact_id""",
        [*_columns(keys), account_id],
    )
    return {
        Key(row[0], row[1]): Sums(
            {"person": row[2], "proxy": row[3], "machine": row[4], "unknown": row[5]},
            {"person": row[6], "proxy": row[7], "machine": row[8], "unknown": row[9]},
            row[10],
            row[11],
        )
        for row in cursor.fetchall()
    }


def write_classes(
    cursor: Any,
    account_id: int,
    rows: Sequence[tuple[datetime, int, str, str]],
    version: str,
) -> None:
    """Keep class, reasons and rules version on each event, and that it is folded."""
    if rows:
        # Most events are judged alike: each says which of a few judgements is its own.
        places = {judged: n for n, judged in enumerate({row[2:] for row in rows}, 1)}
        cursor.execute(
            """UPDATE tracking_event e
               SET judged_class = (%s::text[])[u.place], reasons = (%s::text[])[u.place],
                   rules_version = %s, folded_at = now()
               FROM unnest(%s::timestamptz[], %s::bigint[], %s::int[]) u(at, id, place)
               WHERE e.account_id = %s AND e.at = u.at AND e.id = u.id""",
            [
                array([judged_class for judged_class, _ in places]),
                array([reasons for _, reasons in places]),
                version,
                array([row[0] for row in rows]),
                numbers([row[1] for row in rows]),
                numbers([places[row[2:]] for row in rows]),
                account_id,
            ],
        )


def write_engagement(cursor: Any, account_id: int, sums: Mapping[Key, Sums]) -> None:
    """Replace the engagement rows of these recipients by their new sums."""
    keys, values = list(sums), list(sums.values())
    columns: dict[str, list[Any]] = {
        "campaign_id": [key.campaign_id for key in keys],
        "contact_id": [key.contact_id for key in keys],
        "opened_first_at": [s.opened_first_at for s in values],
        "clicked_first_at": [s.clicked_first_at for s in values],
    }
    for name in CLASSES:
        suffix = "" if name == "person" else f"_{name}"
        columns[f"opens{suffix}"] = [s.opens[name] for s in values]
        columns[f"clicks{suffix}"] = [s.clicks[name] for s in values]
    types = {"opened_first_at": "timestamptz", "clicked_first_at": "timestamptz"}
    arrays = ", ".join(f"%({name})s::{types.get(name, 'bigint')}[]" for name in columns)
    names = ", ".join(columns)
    changes = ", ".join(f"{name} = excluded.{name}" for name in list(columns)[2:])
    cursor.execute(
        f"""INSERT INTO engagement (account_id, {names})
            SELECT %(account)s, u.* FROM unnest({arrays}) u
            ON CONFLICT (account_id, campaign_id, contact_id) DO UPDATE SET {changes}""",
        {"account": account_id}
        | {name: (array if name in types else numbers)(column) for name, column in columns.items()},
    )


def write_link_clicks(
    cursor: Any, account_id: int, old: Mapping[Key, Sums], sums: Mapping[Key, Sums]
) -> list[First]:
    """Replace the link clicks of these recipients; returns when people first pressed, until now.

    Only who had clicks in the `old` sums has rows; to look for those of all read the whole table.
    """
    stale = [key for key in sums if key in old and any(old[key].clicks.values())]
    cursor.execute(
        """DELETE FROM link_click c USING unnest(%s::bigint[], %s::bigint[]) k(campaign, contact)
           WHERE c.account_id = %s AND c.campaign_id = k.campaign AND c.contact_id = k.contact
           RETURNING c.campaign_id, c.number, c.first_at, c.judged_class""",
        [*_columns(stale), account_id],
    )
    pressed = [
        First(campaign, "click", number, at)
        for campaign, number, at, judged_class in cursor.fetchall()
        if judged_class == "person"
    ]
    rows = [
        (key.campaign_id, key.contact_id, number, judged_class, first_at, count)
        for key, own in sums.items()
        for (number, judged_class), (first_at, count) in own.links.items()
    ]
    if rows:
        cursor.execute(
            """INSERT INTO link_click
                   (account_id, campaign_id, contact_id, number, judged_class, first_at, clicks)
               SELECT %s, u.* FROM unnest(%s::bigint[], %s::bigint[], %s::smallint[], %s::text[],
                   %s::timestamptz[], %s::int[]) u""",
            [account_id, *(array(column) for column in zip(*rows, strict=True))],
        )
    return pressed


def add_to_first_times(
    cursor: Any, account_id: int, *, old: Iterable[First], new: Iterable[First]
) -> None:
    """Move people from the hour they were counted in to the hour of their first time as of now."""
    tally = Tally(first.place() for first in new)
    tally.subtract(first.place() for first in old)
    rows = [(*place, people) for place, people in sorted(tally.items()) if people]
    if rows:
        cursor.execute(
            """INSERT INTO first_time AS f (account_id, campaign_id, kind, number, hour, people)
               SELECT %s, u.* FROM unnest(%s::bigint[], %s::text[], %s::smallint[],
                   %s::timestamptz[], %s::int[]) u
               ON CONFLICT (account_id, campaign_id, kind, number, hour)
               DO UPDATE SET people = f.people + excluded.people""",
            [account_id, *(array(column) for column in zip(*rows, strict=True))],
        )


def add_to_counters(cursor: Any, account_id: int, changed: Sequence[tuple[Stored, str]]) -> None:
    """Move each event whose class changed from the old class's counter to the new one's."""
    tally: Tally[tuple[int, str, int, datetime, str]] = Tally()
    for event, judged_class in changed:
        place = (event.campaign_id, event.kind, event.number, hour_of(event.at))
        tally[*place, judged_class] += 1
        if event.counted_class:
            tally[*place, event.counted_class] -= 1
    rows = [(*place, count) for place, count in sorted(tally.items()) if count]
    if rows:
        cursor.execute(
            """INSERT INTO counter AS c
                   (account_id, campaign_id, kind, number, hour, judged_class, events)
               SELECT %s, u.* FROM unnest(%s::bigint[], %s::text[], %s::smallint[],
                   %s::timestamptz[], %s::text[], %s::int[]) u
               ON CONFLICT (account_id, campaign_id, kind, number, hour, judged_class)
               DO UPDATE SET events = c.events + excluded.events""",
            [account_id, *(array(column) for column in zip(*rows, strict=True))],
        )


def add_to_totals(
    cursor: Any,
    account_id: int,
    old: Mapping[Key, Sums],
    new: Mapping[Key, Sums],
    version: str,
) -> None:
    """Add the difference of each person's flags to their campaign's totals.

    Call after `write_engagement`, in its transaction: see campaigns/recipients/unsent.py.
    """
    moves = {
        key: (old[key].presence() if key in old else _NOBODY, sums.presence())
        for key, sums in new.items()
    }
    traced = [key for key, move in moves.items() if _leaves_traces(*move)]
    unsent = _unsent(cursor, account_id, traced)
    differences: dict[int, Tally[str]] = defaultdict(Tally)
    alike = Tally((key.campaign_id, *move, key in unsent) for key, move in moves.items())
    for (campaign_id, before, now, is_unsent), people in alike.items():
        mine = differences[campaign_id]
        _add(mine, flags_of(now), people)
        _add(mine, flags_of(before), -people)
        if is_unsent:
            _add(mine, traces_of(now), people)
            _add(mine, traces_of(before), -people)
    campaigns = sorted(differences)
    counted = (*TOTALS, *TRACES)
    columns = [[differences[campaign][name] for campaign in campaigns] for name in counted]
    names = ", ".join(counted)
    cursor.execute(
        f"""INSERT INTO campaign_totals AS t (account_id, campaign_id, {names}, rules_version)
            SELECT %s, u.*, %s
            FROM unnest(%s::bigint[]{", %s::int[]" * len(counted)}) u
            ON CONFLICT (account_id, campaign_id) DO UPDATE SET
                {", ".join(f"{name} = t.{name} + excluded.{name}" for name in counted)},
                rules_version = excluded.rules_version""",
        [account_id, version, campaigns, *columns],
    )


def _add(tally: Tally[str], flags: Mapping[str, int], times: int) -> None:
    for name, number in flags.items():
        tally[name] += times * number


def _leaves_traces(before: Presence, now: Presence) -> bool:
    return traces_of(before) != traces_of(now)


def _columns(keys: Iterable[Key]) -> tuple[str, str]:
    """Campaigns and contacts as two arrays."""
    both = list(keys)
    return numbers([k.campaign_id for k in both]), numbers([k.contact_id for k in both])


def _unsent(cursor: Any, account_id: int, keys: Sequence[Key]) -> set[Key]:
    """Whose mail has errors or an unknown outcome; the states are held until the commit."""
    cursor.execute(
        """SELECT r.campaign_id, r.contact_id, r.trouble
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN recipient r ON r.account_id = %s
               AND r.campaign_id = k.campaign_id AND r.contact_id = k.contact_id
           ORDER BY r.campaign_id, r.contact_id FOR SHARE OF r""",
        [*_columns(keys), account_id],
    )
    return {
        Key(campaign, contact)
        for campaign, contact, trouble in cursor.fetchall()
        if trouble in UNSENT
    }
