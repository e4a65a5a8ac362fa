"""Writes what folding found: classes on events, engagement, link clicks, counters, totals.

Each function is one or two statements over arrays; the caller holds the account's folding lock.
"""

from collections import Counter as Tally
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from campaigns.recipients.unsent import UNSENT
from marketing.arrays import array
from tracking.folding.summing import CLASSES, First, Key, Stored, Sums

TOTALS = (
    "viewers",
    "clickers",
    "clicked_unseen",
    "proxy_only",
    "unsure_only",
    "machine_only",
)
TRACES = ("opened_unsent", "clicked_unsent")
_NOTHING = Sums()


def lock_engagement(cursor: Any, account_id: int, keys: Sequence[Key]) -> dict[Key, Sums]:
    """The sums as they were counted until now, their rows locked."""
    cursor.execute(
        """SELECT e.campaign_id, e.contact_id, e.opens, e.opens_proxy, e.opens_machine,
                  e.opens_unknown, e.clicks, e.clicks_proxy, e.clicks_machine, e.clicks_unknown,
                  e.opened_first_at, e.clicked_first_at
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN engagement e ON e.account_id = %s
               AND e.campaign_id = k.campaign_id AND e.contact_id = k.contact_id
           FOR UPDATE OF e""",
        [array(k.campaign_id for k in keys), array(k.contact_id for k in keys), account_id],
    )
    order = ("person", "proxy", "machine", "unknown")
    return {
        Key(campaign, contact): Sums(
            opens=dict(zip(order, numbers[:4], strict=True)),
            clicks=dict(zip(order, numbers[4:8], strict=True)),
            opened_first_at=numbers[8],
            clicked_first_at=numbers[9],
        )
        for campaign, contact, *numbers in cursor.fetchall()
    }


def write_classes(
    cursor: Any,
    account_id: int,
    rows: Sequence[tuple[datetime, int, str, str]],
    version: str,
) -> None:
    """Keep class, reasons and rules version on each event, and that it is folded."""
    if rows:
        ats, ids, classes, reasons = zip(*rows, strict=True)
        cursor.execute(
            """UPDATE tracking_event e
               SET judged_class = u.class, reasons = u.reasons, rules_version = %s,
                   folded_at = now()
               FROM unnest(%s::timestamptz[], %s::bigint[], %s::text[], %s::text[])
                    u(at, id, class, reasons)
               WHERE e.account_id = %s AND e.at = u.at AND e.id = u.id""",
            [version, array(ats), array(ids), array(classes), array(reasons), account_id],
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
        {name: array(column) for name, column in columns.items()} | {"account": account_id},
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
        [array(k.campaign_id for k in stale), array(k.contact_id for k in stale), account_id],
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
        hour = event.at.replace(minute=0, second=0, microsecond=0)
        place = (event.campaign_id, event.kind, event.number, hour)
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
    unsent = _unsent(cursor, account_id, [key for key in new if _leaves_traces(key, old, new)])
    differences: dict[int, Tally[str]] = defaultdict(Tally)
    for key, sums in new.items():
        mine = differences[key.campaign_id]
        _add(mine, sums.flags(), 1)
        if key in old:
            _add(mine, old[key].flags(), -1)
        if key in unsent:
            _add(mine, sums.traces(), 1)
            _add(mine, old.get(key, _NOTHING).traces(), -1)
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


def _add(tally: Tally[str], flags: Mapping[str, int], sign: int) -> None:
    for name, number in flags.items():
        if number:
            tally[name] += sign * number


def _leaves_traces(key: Key, old: Mapping[Key, Sums], new: Mapping[Key, Sums]) -> bool:
    return new[key].traces() != old.get(key, _NOTHING).traces()


def _unsent(cursor: Any, account_id: int, keys: Sequence[Key]) -> set[Key]:
    """Whose mail has errors or an unknown outcome; the states are held until the commit."""
    cursor.execute(
        """SELECT r.campaign_id, r.contact_id, r.trouble
           FROM unnest(%s::bigint[], %s::bigint[]) k(campaign_id, contact_id)
           JOIN recipient r ON r.account_id = %s
               AND r.campaign_id = k.campaign_id AND r.contact_id = k.contact_id
           ORDER BY r.campaign_id, r.contact_id FOR SHARE OF r""",
        [array(k.campaign_id for k in keys), array(k.contact_id for k in keys), account_id],
    )
    return {
        Key(campaign, contact)
        for campaign, contact, trouble in cursor.fetchall()
        if trouble in UNSENT
    }
