"""Raw events go when the account's retention is over; what they said about each person stays.

In batches, each settling what it deletes in the same statement. Months that are older than every
retention go as whole partitions, names of stored batches after a week.
"""

import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from marketing.tenancy import every_account, use_account
from tracking.folding.locking import wait_for_folding

log = logging.getLogger(__name__)

DEFAULT_DAYS: Final = 90
LONGEST_DAYS: Final = 390
BATCH: Final = 5000
BATCH_NAMES_KEPT: Final = timedelta(days=7)

_PRUNE: Final = """
WITH old AS MATERIALIZED (
    SELECT at, id FROM tracking_event
    WHERE account_id = %(account)s AND at < %(before)s AND folded_at IS NOT NULL
    ORDER BY at, id LIMIT %(batch)s),
gone AS (
    DELETE FROM tracking_event e USING old
    WHERE e.account_id = %(account)s AND e.at = old.at AND e.id = old.id
    RETURNING e.campaign_id, e.contact_id, e.kind, e.number, e.judged_class, e.at),
settled AS (
    INSERT INTO settled_event AS s (account_id, campaign_id, contact_id, kind, number,
        judged_class, first_at, events)
    SELECT %(account)s, campaign_id, contact_id, kind, number, judged_class, min(at), count(*)
    FROM gone GROUP BY 1, 2, 3, 4, 5, 6
    ON CONFLICT (account_id, campaign_id, contact_id, kind, number, judged_class)
    DO UPDATE SET events = s.events + excluded.events,
        first_at = least(s.first_at, excluded.first_at))
SELECT count(*) FROM gone"""


def prune_all(now: datetime | None = None, *, seconds: float = 600) -> int:
    """Delete what is older than each account keeps; the number of events deleted."""
    now = now or timezone.now()
    until = time.monotonic() + seconds
    deleted = 0
    for account_id, days in _retentions():
        before = now - timedelta(days=days)
        while time.monotonic() < until:
            pruned = prune(account_id, before)
            deleted += pruned
            if pruned < BATCH:
                break
    return deleted


def prune(account_id: int, before: datetime) -> int:
    """Settle and delete a batch of the account's events of before that time."""
    with use_account(account_id), connection.cursor() as cursor:
        wait_for_folding(cursor, account_id)
        cursor.execute(_PRUNE, {"account": account_id, "before": before, "batch": BATCH})
        return int(cursor.fetchone()[0])


def drop_old_partitions(now: datetime | None = None) -> list[str]:
    """Drop empty months that nobody keeps any more; the names of what went."""
    now = now or timezone.now()
    oldest = (now - timedelta(days=LONGEST_DAYS)).date().replace(day=1)
    dropped = []
    for name, month in _partitions():
        if month < oldest and _is_empty(month):
            with every_account(), connection.cursor() as cursor:
                cursor.execute("SELECT drop_event_partition(%s)", [month])
            dropped.append(name)
    return dropped


def forget_batch_names(now: datetime | None = None) -> int:
    """Names of batches stored more than a week ago: none of them is handed over again."""
    with every_account(), connection.cursor() as cursor:
        before = (now or timezone.now()) - BATCH_NAMES_KEPT
        cursor.execute("DELETE FROM tracking_batch WHERE at < %s", [before])
        return int(cursor.rowcount)


def _retentions() -> Sequence[tuple[int, int]]:
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT a.id, coalesce(m.retention_days, %s) FROM account a
               LEFT JOIN measuring m ON m.account_id = a.id ORDER BY a.id""",
            [DEFAULT_DAYS],
        )
        return list(cursor.fetchall())


def _partitions() -> list[tuple[str, date]]:
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            r"""SELECT relname, to_date(right(relname, 7), 'YYYY_MM') FROM pg_class
                WHERE relispartition AND relkind = 'r'
                  AND relname ~ '^tracking_event_\d{4}_\d{2}$' ORDER BY 1"""
        )
        return list(cursor.fetchall())


def _is_empty(month: date) -> bool:
    """Asked through the parent: nobody has rights on a partition."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT NOT EXISTS (SELECT 1 FROM tracking_event WHERE at >= %(month)s::date
                   AT TIME ZONE 'UTC' AND at < (%(month)s::date + interval '1 month')
                   AT TIME ZONE 'UTC')""",
            {"month": month},
        )
        return bool(cursor.fetchone()[0])
