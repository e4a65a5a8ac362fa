"""Leases of single rows that are due by themselves: exceptions of campaigns, consent requests.

Released people go at once and before all others, also outside the sending hours; retries and
requests wait for them. Campaigns take turns, so that nobody waits for another one's many rows.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection

from campaigns.sending import leasing, workers
from campaigns.sending.leasing import IN_HOURS, LEASE_SECONDS, RUNNING, Lease, lease_until
from marketing.tenancy import every_account, use_account

BATCH = 50
LIST_SECONDS = 0.3

_FREE = """q.due_at <= statement_timestamp()
    AND (q.lease_until IS NULL OR q.lease_until < statement_timestamp())"""
_RECIPIENTS = f"""due_recipient q
    JOIN campaign p ON p.account_id = q.account_id AND p.id = q.campaign_id
    JOIN account a ON a.id = q.account_id
    WHERE {_FREE} AND {RUNNING} AND (q.why = 'released' OR {IN_HOURS})"""
_REQUESTS = f"""consent_request q
    JOIN campaign p ON p.account_id = q.account_id AND p.id = q.campaign_id
    JOIN account a ON a.id = q.account_id
    WHERE q.state = 'open' AND {_FREE} AND {RUNNING} AND {IN_HOURS}"""
_SOURCES = {"mail": ("due_recipient", _RECIPIENTS), "request": ("consent_request", _REQUESTS)}
_RELEASED = {True: "AND q.why = 'released'", False: "AND q.why <> 'released'"}

_WAITING = f"""
SELECT kind, account_id, campaign_id, released FROM (
    SELECT 'mail' AS kind, q.account_id, q.campaign_id, q.why = 'released' AS released,
        min(q.due_at) AS since
    FROM {_RECIPIENTS} GROUP BY 2, 3, 4
    UNION ALL
    SELECT 'request', q.account_id, q.campaign_id, false, min(q.due_at)
    FROM {_REQUESTS} GROUP BY 2, 3) waiting
ORDER BY released DESC, since LIMIT 200"""


@dataclass(frozen=True, slots=True)
class Due:
    """Rows of one campaign that could be sent now; released ones stand by themselves."""

    kind: str  # "mail" or "request"
    account_id: int
    campaign_id: int
    is_released: bool = False


class Turns:
    """Whose turn it is in the queue `now`, within one process: whoever was served longest ago.

    Who was never served is next, released people first.
    """

    def __init__(self) -> None:
        self._waiting: list[Due] = []
        self._asked_at = float("-inf")
        self._served: dict[Due, float] = {}

    def lease(
        self,
        may_send: Callable[[int], bool] = lambda account_id: True,
        without: Collection[Any] = (),
    ) -> Lease | None:
        """Lease rows of the next campaign that has some; None when nothing is due.

        Only of accounts that `may_send` just now, and not of what rests.
        """
        if time.monotonic() - self._asked_at <= LIST_SECONDS:
            found = self._take_turns(may_send, without)
            if found is not None:
                return found
        self._waiting = waiting()
        self._asked_at = time.monotonic()
        self._served = {due: at for due, at in self._served.items() if due in self._waiting}
        return self._take_turns(may_send, without)

    def _take_turns(
        self, may_send: Callable[[int], bool], without: Collection[Any]
    ) -> Lease | None:
        for due in sorted(self._waiting, key=lambda due: self._served.get(due, float("-inf"))):
            if (due.kind, due.account_id, due.campaign_id) in without:
                continue
            found = lease_due(due) if may_send(due.account_id) else None
            if found is not None:
                self._served[due] = time.monotonic()
                return found
        return None


def waiting() -> list[Due]:
    """What could be sent now: released people first, then whoever waits longest."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return [Due(*row) for row in cursor.fetchall()]


def is_anything_due() -> bool:
    """Somebody could be sent something now."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT EXISTS (SELECT 1 FROM {_RECIPIENTS}) OR EXISTS (SELECT 1 FROM {_REQUESTS})"""
        )
        return bool(cursor.fetchone()[0])


def lease_due(due: Due) -> Lease | None:
    """Lease up to BATCH due rows of one campaign under one generation; None for none."""
    before = time.monotonic()
    table, source = _SOURCES[due.kind]
    worker = workers.worker_name()
    named = "worker = %(worker)s, " if due.kind == "mail" else ""
    which = _RELEASED[due.is_released] if due.kind == "mail" else ""
    with use_account(due.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH pick AS MATERIALIZED (
                SELECT q.contact_id, q.generation FROM {source} {which}
                  AND q.account_id = %(account)s AND q.campaign_id = %(campaign)s
                ORDER BY q.due_at LIMIT {BATCH} FOR UPDATE OF q SKIP LOCKED)
            UPDATE {table} t SET {named}
                generation = (SELECT max(generation) + 1 FROM pick),
                lease_until = statement_timestamp() + make_interval(secs => {LEASE_SECONDS})
            FROM pick WHERE t.account_id = %(account)s AND t.campaign_id = %(campaign)s
              AND t.contact_id = pick.contact_id AND t.due_at IS NOT NULL
            RETURNING t.contact_id, t.generation""",
            {"worker": worker, "account": due.account_id, "campaign": due.campaign_id},
        )
        rows = sorted(cursor.fetchall())
    if not rows:
        return None
    return Lease(
        account_id=due.account_id,
        campaign_id=due.campaign_id,
        kind=due.kind,
        chunk_id=None,
        number=0,
        lo=rows[0][0],
        hi=rows[-1][0],
        generation=rows[0][1],
        worker=worker,
        until=lease_until(before),
        renewed_at=before,
        contact_ids=tuple(row[0] for row in rows),
    )


_MINE = """account_id = %s AND campaign_id = %s AND contact_id = ANY(%s)
    AND generation = %s AND lease_until IS NOT NULL"""


def renew(lease: Lease) -> bool:
    """Prolong a lease if it is time, a chunk's or that of rows; False when others have it.

    A reply may come two minutes after the body: until then nobody else may take the row.
    """
    if lease.chunk_id is not None:
        return leasing.renew(lease)
    now = time.monotonic()
    if lease.is_over or not lease.is_renewal_due:
        return not lease.is_over
    table, _ = _SOURCES[lease.kind]
    mine: list[Any] = [lease.account_id, lease.campaign_id, list(lease.contact_ids)]
    mine.append(lease.generation)
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT generation FROM {table} WHERE account_id = %s AND campaign_id = %s
                AND contact_id = ANY(%s) ORDER BY contact_id FOR UPDATE""",
            mine[:3],
        )
        if any(generation > lease.generation for (generation,) in cursor.fetchall()):
            return False
        cursor.execute(
            f"""UPDATE {table}
            SET lease_until = statement_timestamp() + make_interval(secs => {LEASE_SECONDS})
            WHERE {_MINE}""",
            mine,
        )
    lease.until, lease.renewed_at = lease_until(now), now
    return True


def release_due(lease: Lease) -> None:
    """Give rows back that were not handed over; they stay due.

    It waits for none: whoever has a row locked now moves it, or its lease ends by itself.
    """
    table, _ = _SOURCES[lease.kind]
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {table} SET lease_until = NULL
            WHERE account_id = %s AND campaign_id = %s AND contact_id IN (
                SELECT contact_id FROM {table} WHERE {_MINE} FOR UPDATE SKIP LOCKED)""",
            [
                *(lease.account_id, lease.campaign_id),
                *(lease.account_id, lease.campaign_id, list(lease.contact_ids), lease.generation),
            ],
        )
