"""Leases of chunks: who sends which people now, for half a minute at a time.

Round robin over the accounts that have open chunks. A lease is known by chunk and generation;
whoever takes over raises the generation, so that a late worker writes nothing.
"""

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection

from campaigns.recipients.moving import Fence
from campaigns.sending import workers
from marketing.tenancy import every_account, use_account

LEASE_SECONDS = float(settings.SENDING_LEASE_SECONDS)
RENEW_SECONDS = LEASE_SECONDS / 3
# The worker's own clock ends a lease earlier than the database's does.
_OWN_CLOCK = 0.9 * LEASE_SECONDS
ACCOUNTS_SECONDS = 0.3

# Within the account's sending hours; a window may pass midnight.
IN_HOURS = """(a.sending_from IS NULL OR CASE WHEN a.sending_from <= a.sending_until
    THEN (statement_timestamp() AT TIME ZONE a.time_zone)::time >= a.sending_from
        AND (statement_timestamp() AT TIME ZONE a.time_zone)::time < a.sending_until
    ELSE (statement_timestamp() AT TIME ZONE a.time_zone)::time >= a.sending_from
        OR (statement_timestamp() AT TIME ZONE a.time_zone)::time < a.sending_until END)"""

RUNNING = "p.state IN ('sending', 'waiting')"

# Requests leave before the campaign's own mails, but hold them up for ten minutes at most. After a
# stop nothing leaves: what a dead holder's journal says is written, then the chunk is done.
_LEASABLE = f"""c.done_at IS NULL
    AND (c.lease_until IS NULL OR c.lease_until < statement_timestamp())
    AND ({RUNNING} OR p.state = 'stopped'
        OR (c.kind = 'request' AND p.state = 'preparing' AND p.prepared_at IS NOT NULL))
    AND {IN_HOURS}
    AND (c.kind = 'request' OR p.prepared_at < statement_timestamp() - interval '10 minutes'
        OR NOT EXISTS (SELECT 1 FROM chunk q
            WHERE q.account_id = c.account_id AND q.campaign_id = c.campaign_id
              AND q.kind = 'request' AND q.done_at IS NULL))"""

_JOINED = """chunk c JOIN campaign p ON p.account_id = c.account_id AND p.id = c.campaign_id
    JOIN account a ON a.id = c.account_id"""


@dataclass(slots=True, kw_only=True)
class Lease:
    """The people this worker may send to: a chunk, or (chunk_id None) rows that are due.

    `until` is on this process's monotonic clock; after it nothing more may be handed over.
    """

    account_id: int
    campaign_id: int
    kind: str  # "mail" or "request"
    chunk_id: int | None
    number: int
    lo: int
    hi: int
    generation: int
    worker: str
    until: float
    renewed_at: float
    contact_ids: tuple[int, ...] = field(default=())  # of due rows

    @property
    def fence(self) -> Fence:
        """What marks are checked against."""
        return Fence(
            account_id=self.account_id,
            campaign_id=self.campaign_id,
            chunk_id=self.chunk_id,
            generation=self.generation,
        )

    @property
    def is_over(self) -> bool:
        """Another worker may have these people now."""
        return time.monotonic() > self.until

    @property
    def is_renewal_due(self) -> bool:
        """It is to be prolonged now."""
        return time.monotonic() - self.renewed_at >= RENEW_SECONDS


class Rota:
    """Whose turn it is: the next account with open chunks, round robin within one process."""

    def __init__(self) -> None:
        self._accounts: list[int] = []
        self._asked_at = float("-inf")
        self._last = 0

    def lease(
        self,
        may_send: Callable[[int], bool] = lambda account_id: True,
        without: Collection[Any] = (),
    ) -> Lease | None:
        """Lease one chunk of the next account that has one; None when no chunk is free.

        Only of accounts that `may_send` just now, and not of these chunks.
        """
        if time.monotonic() - self._asked_at <= ACCOUNTS_SECONDS:
            found = self._take_turns(may_send, without)
            if found is not None:
                return found
        self._accounts = accounts_with_open_chunks()
        self._asked_at = time.monotonic()
        return self._take_turns(may_send, without)

    def _take_turns(
        self, may_send: Callable[[int], bool], without: Collection[Any]
    ) -> Lease | None:
        later = [account for account in self._accounts if account > self._last]
        for account_id in later + [a for a in self._accounts if a <= self._last]:
            found = lease_chunk(account_id, without) if may_send(account_id) else None
            if found is not None:
                self._last = account_id
                return found
        return None


def accounts_with_open_chunks() -> list[int]:
    """Ids of the accounts that have a chunk which is not done (loose scan of chunk_open)."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE a AS (
                (SELECT account_id FROM chunk WHERE done_at IS NULL ORDER BY account_id LIMIT 1)
                UNION ALL
                SELECT (SELECT c.account_id FROM chunk c
                        WHERE c.done_at IS NULL AND c.account_id > a.account_id
                        ORDER BY c.account_id LIMIT 1)
                FROM a WHERE a.account_id IS NOT NULL)
            SELECT account_id FROM a WHERE account_id IS NOT NULL"""
        )
        return [row[0] for row in cursor.fetchall()]


def lease_chunk(account_id: int, without: Collection[Any] = ()) -> Lease | None:
    """Lease the account's next chunk, requests first, not one of these; None for none."""
    before = time.monotonic()
    worker = workers.worker_name()
    chunks = [key for key in without if isinstance(key, int)]
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE chunk t SET worker = %(worker)s, generation = t.generation + 1,
                lease_until = statement_timestamp() + make_interval(secs => {LEASE_SECONDS})
            WHERE t.account_id = %(account)s AND t.id = (
                SELECT c.id FROM {_JOINED} WHERE c.account_id = %(account)s AND {_LEASABLE}
                  AND c.id <> ALL(%(without)s::bigint[])
                ORDER BY c.kind = 'mail', c.id LIMIT 1 FOR UPDATE OF c SKIP LOCKED)
            RETURNING t.id, t.campaign_id, t.kind, t.number, t.lo, t.hi, t.generation""",
            {
                "worker": worker,
                "account": account_id,
                "without": chunks,
            },
        )
        row = cursor.fetchone()
    if row is None:
        return None
    return Lease(
        account_id=account_id,
        chunk_id=row[0],
        campaign_id=row[1],
        kind=row[2],
        number=row[3],
        lo=row[4],
        hi=row[5],
        generation=row[6],
        worker=worker,
        until=before + _OWN_CLOCK,
        renewed_at=before,
    )


def lease_until(before: float) -> float:
    """The end, on our own clock, of a lease that was asked for at `before`."""
    return before + _OWN_CLOCK


def renew(lease: Lease) -> bool:
    """Prolong a chunk's lease if it is time; False when another worker has it."""
    now = time.monotonic()
    if lease.chunk_id is None or now - lease.renewed_at < RENEW_SECONDS:
        return not lease.is_over
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE chunk
            SET lease_until = statement_timestamp() + make_interval(secs => {LEASE_SECONDS})
            WHERE account_id = %s AND id = %s AND generation = %s""",
            [lease.account_id, lease.chunk_id, lease.generation],
        )
        if cursor.rowcount == 0:
            return False
    lease.until, lease.renewed_at = now + _OWN_CLOCK, now
    return True


def release(lease: Lease, *, done: bool) -> None:
    """Give a chunk back; `done`: nothing is left that its own pass can send.

    A campaign that was stopped under the lease is over too.
    """
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE chunk c SET lease_until = NULL, worker = '',
                done_at = CASE WHEN %s OR EXISTS (SELECT 1 FROM campaign p
                    WHERE p.account_id = c.account_id AND p.id = c.campaign_id
                      AND p.state = 'stopped') THEN statement_timestamp() ELSE done_at END
            WHERE account_id = %s AND id = %s AND generation = %s""",
            [done, lease.account_id, lease.chunk_id, lease.generation],
        )


def free_chunks(limit: int) -> int:
    """How many chunks could be leased now, counted up to `limit`."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {_JOINED} WHERE {_LEASABLE} LIMIT %s) free",
            [limit],
        )
        return int(cursor.fetchone()[0])


def active_workers() -> int:
    """How many processes hold a lease of a chunk now."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(DISTINCT worker) FROM chunk
            WHERE done_at IS NULL AND lease_until > statement_timestamp()"""
        )
        return int(cursor.fetchone()[0])


def reap() -> int:
    """Free the leases of dead workers of this host. Returns how many workers were dead."""
    dead = workers.dead_workers()
    if not dead:
        return 0
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """UPDATE chunk SET lease_until = NULL WHERE id IN (SELECT id FROM chunk
            WHERE done_at IS NULL AND lease_until IS NOT NULL AND worker = ANY(%s)
            ORDER BY id FOR UPDATE)""",
            [dead],
        )
    with every_account(), connection.cursor() as cursor:  # another: no chunk is locked any more
        cursor.execute(
            """WITH theirs AS MATERIALIZED (
                SELECT account_id, campaign_id, contact_id FROM due_recipient
                WHERE lease_until IS NOT NULL AND worker = ANY(%s)
                ORDER BY account_id, campaign_id, contact_id FOR UPDATE)
            UPDATE due_recipient q SET lease_until = NULL FROM theirs t
            WHERE q.account_id = t.account_id AND q.campaign_id = t.campaign_id
              AND q.contact_id = t.contact_id""",
            [dead],
        )
    for name in dead:
        workers.forget(name)
    return len(dead)
