"""Leases of single rows that are due by themselves: exceptions of campaigns, consent requests.

Released people go at once, also outside the sending hours; retries and requests wait for them.
"""

import time

from django.db import connection

from campaigns.sending import workers
from campaigns.sending.leasing import IN_HOURS, LEASE_SECONDS, RUNNING, Lease, lease_until
from marketing.tenancy import every_account, use_account

BATCH = 50

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


def campaigns_with_due_rows(kind: str) -> list[tuple[int, int]]:
    """(account, campaign) of the rows that could be sent now, longest waiting first."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT q.account_id, q.campaign_id FROM {_SOURCES[kind][1]}
            GROUP BY 1, 2 ORDER BY min(q.due_at) LIMIT 100"""
        )
        return [(row[0], row[1]) for row in cursor.fetchall()]


def lease_due(account_id: int, campaign_id: int, kind: str) -> Lease | None:
    """Lease up to BATCH due rows of one campaign under one generation; None for none."""
    before = time.monotonic()
    table, source = _SOURCES[kind]
    worker = workers.worker_name()
    named = "worker = %(worker)s, " if kind == "mail" else ""
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""
            WITH pick AS MATERIALIZED (
                SELECT q.contact_id, q.generation FROM {source}
                  AND q.account_id = %(account)s AND q.campaign_id = %(campaign)s
                ORDER BY q.due_at LIMIT {BATCH} FOR UPDATE OF q SKIP LOCKED)
            UPDATE {table} t SET {named}
                generation = (SELECT max(generation) + 1 FROM pick),
                lease_until = statement_timestamp() + make_interval(secs => {LEASE_SECONDS})
            FROM pick WHERE t.account_id = %(account)s AND t.campaign_id = %(campaign)s
              AND t.contact_id = pick.contact_id AND t.due_at IS NOT NULL
            RETURNING t.contact_id, t.generation""",
            {"worker": worker, "account": account_id, "campaign": campaign_id},
        )
        rows = sorted(cursor.fetchall())
    if not rows:
        return None
    return Lease(
        account_id=account_id,
        campaign_id=campaign_id,
        kind=kind,
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


def release_due(lease: Lease) -> None:
    """Give rows back that were not handed over; they stay due."""
    table, _ = _SOURCES[lease.kind]
    with use_account(lease.account_id), connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE {table} SET lease_until = NULL
            WHERE account_id = %s AND campaign_id = %s AND contact_id = ANY(%s)
              AND generation = %s""",
            [lease.account_id, lease.campaign_id, list(lease.contact_ids), lease.generation],
        )
