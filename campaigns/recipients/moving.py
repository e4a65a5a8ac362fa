"""The only way a recipient changes state: rows and the counters of their chunks move together.

One statement changes the rows, adds the difference to their chunks and keeps the queue of
exceptions (due_recipient). In which order rows are locked is told in `locking`.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection
from django.utils import timezone

from campaigns.recipients.accepting import REPLY, accept
from campaigns.recipients.locking import lock_chunks, lock_due
from campaigns.recipients.models import Recipient
from campaigns.recipients.states import state_sql
from campaigns.recipients.unsent import count_unsent
from marketing.tenancy import use_account

Key = tuple[int, int]  # campaign id, contact id


class Became(StrEnum):
    """What happened to a recipient. Which states each may start from is `_FROM`."""

    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RETRY = "retry"
    CLOSED = "closed"
    ASKED = "asked"
    RELEASED = "released"
    AGAIN = "again"
    RETURNED = "returned"
    ARRIVED = "arrived"


# An accepted mail is a fact, also when the person left while it was on its way.
_FROM: dict[Became, tuple[str, ...]] = {
    Became.SENT: ("queued", "never_sent", "pending_consent", "unknown"),
    Became.FAILED: ("queued", "pending_consent"),
    Became.UNKNOWN: ("queued", "never_sent"),
    Became.RETRY: ("queued",),
    Became.CLOSED: ("queued", "pending_consent"),
    Became.ASKED: ("queued",),
    Became.RELEASED: ("pending_consent",),
    Became.AGAIN: ("unknown",),
    Became.RETURNED: ("sent", "unknown"),
    Became.ARRIVED: ("unknown",),
}


class LeaseLost(Exception):
    """Another worker has the chunk now; nothing was written."""


# Not `frozen`: one for each mail, and that would treble the time to make it.
@dataclass(slots=True, kw_only=True)
class Change:
    """One recipient's change. `due_at` puts the row into the queue of exceptions."""

    contact_id: int
    became: Became
    reply: str = ""
    reason: str = ""
    due_at: datetime.datetime | None = None
    measured_opens: bool = False
    measured_clicks: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The lease under which a worker marks: a chunk's, or (chunk None) one per due recipient."""

    account_id: int
    campaign_id: int
    chunk_id: int | None
    generation: int


def mark(fence: Fence, changes: Sequence[Change], *, at: datetime.datetime | None = None) -> int:
    """Write the outcomes of a leased chunk, or of due recipients leased with one generation.

    Returns the number of rows that moved. Raises LeaseLost if the chunk has another generation;
    due recipients whose lease was lost are left out, unless the server accepted the mail: that
    is a fact, also when the campaign was stopped meanwhile.
    """
    with use_account(fence.account_id):
        if fence.chunk_id is not None:
            check_chunk(fence)
            moved = accept(fence, changes, at=at or timezone.now())
            left = [change for change in changes if change.contact_id not in moved]
            lock_due(fence.account_id, fence.campaign_id, [each.contact_id for each in left])
            return len(moved) + len(_move(fence.account_id, fence.campaign_id, left, at=at))
        ids = [change.contact_id for change in changes]
        lock_chunks(fence.account_id, fence.campaign_id, ids)
        leased = lock_due(fence.account_id, fence.campaign_id, ids)
        kept = [
            change
            for change in changes
            if leased.get(change.contact_id) == fence.generation or change.became is Became.SENT
        ]
        return len(_move(fence.account_id, fence.campaign_id, kept, at=at))


def release(account_id: int, keys: Iterable[Key], *, at: datetime.datetime | None = None) -> int:
    """Queue recipients of Pending consent, due at once. Returns how many were waiting."""
    at = at or timezone.now()
    return _move_keys(account_id, keys, became=Became.RELEASED, at=at, due_at=at)


def close(
    account_id: int, keys: Iterable[Key], *, reason: str, at: datetime.datetime | None = None
) -> int:
    """Make queued and waiting recipients Never sent with this reason. Returns how many moved."""
    return _move_keys(account_id, keys, became=Became.CLOSED, at=at, reason=reason)


def fail(
    account_id: int, keys: Iterable[Key], *, reply: str, at: datetime.datetime | None = None
) -> int:
    """Queued and waiting recipients have errors, with the server's reply. Returns how many."""
    return _move_keys(account_id, keys, became=Became.FAILED, at=at, reply=reply)


def returned(account_id: int, keys: Iterable[Key], *, reply: str) -> int:
    """Accepted, then sent back by a later server: Has errors, with its words. Returns how many."""
    return _move_keys(account_id, keys, became=Became.RETURNED, at=None, reply=reply)


def arrived(account_id: int, keys: Iterable[Key]) -> int:
    """A report of delivery settles Outcome unknown; others stay. Returns how many it settled."""
    return _move_keys(account_id, keys, became=Became.ARRIVED, at=None)


def hold(account_id: int, keys: Iterable[Key], *, at: datetime.datetime | None = None) -> int:
    """Queued recipients wait as Pending consent: a country tightened. Returns how many."""
    return _move_keys(account_id, keys, became=Became.ASKED, at=at)


def settle(account_id: int, keys: Iterable[Key], *, as_sent: bool, member_id: int) -> int:
    """A member decides on Outcome unknown: count as sent, or send again. Returns how many."""
    now = timezone.now()
    became = Became.SENT if as_sent else Became.AGAIN
    due_at = None if as_sent else now
    return _move_keys(account_id, keys, became=became, at=now, due_at=due_at, member_id=member_id)


def settle_all(account_id: int, campaign_id: int, *, as_sent: bool, member_id: int) -> int:
    """The same for everybody of the campaign whose outcome is unknown. Returns how many."""
    with use_account(account_id):
        rows = Recipient.objects.for_account(account_id)
        unknown = rows.filter(campaign_id=campaign_id, trouble=Became.UNKNOWN)
        keys = [(campaign_id, contact) for contact in unknown.values_list("contact_id", flat=True)]
        return settle(account_id, keys, as_sent=as_sent, member_id=member_id)


def _move_keys(
    account_id: int,
    keys: Iterable[Key],
    *,
    became: Became,
    at: datetime.datetime | None,
    member_id: int | None = None,
    **fields: object,
) -> int:
    by_campaign: dict[int, set[int]] = defaultdict(set)
    for campaign_id, contact_id in keys:
        by_campaign[campaign_id].add(contact_id)
    moved = 0
    with use_account(account_id):
        for campaign_id in sorted(by_campaign):
            ids = sorted(by_campaign[campaign_id])
            lock_chunks(account_id, campaign_id, ids)
            lock_due(account_id, campaign_id, ids)
            changes = [Change(contact_id=i, became=became, **fields) for i in ids]  # type: ignore[arg-type]
            moved += len(_move(account_id, campaign_id, changes, at=at, member_id=member_id))
    return moved


def check_chunk(fence: Fence) -> None:
    """Lock the leased chunk; raises LeaseLost if another worker has it. Inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM chunk WHERE account_id = %s AND id = %s AND generation = %s FOR UPDATE",
            [fence.account_id, fence.chunk_id, fence.generation],
        )
        if cursor.fetchone() is None:
            raise LeaseLost(f"chunk {fence.chunk_id}, generation {fence.generation}")


_STATE = state_sql(stopped="false")
_REASON = "coalesce(r.closed_reason, r.reason)"
_COUNTERS = {
    "queued": "queued",
    "pending_consent": "pending",
    "sent": "sent",
    "never_sent": "never",
    "failed": "failed",
    "unknown": "unknown",
}
_ALLOWED = ", ".join(
    f"('{became}', '{state}')" for became, states in _FROM.items() for state in states
)
_DELTAS = ", ".join(
    f"count(*) FILTER (WHERE m.becomes = '{state}') - count(*) FILTER (WHERE m.was = '{state}')"
    f" AS {counter}"
    for state, counter in _COUNTERS.items()
) + "".join(
    f", count(*) FILTER (WHERE m.{kind} AND m.becomes = 'sent')"
    f" - count(*) FILTER (WHERE m.{kind} AND m.was = 'sent') AS {kind}"
    for kind in ("measured_opens", "measured_clicks")
)
_ADDED = ", ".join(
    f"{counter} = c.{counter} + d.{counter}"
    for counter in (*_COUNTERS.values(), "measured_opens", "measured_clicks")
)
# Reasons of a chunk (c) and their differences (n), both {reason: people}; NULL when all are gone.
_MERGED = """SELECT jsonb_object_agg(s.reason, s.people) FROM (
            SELECT e.key AS reason, sum(e.value::int) AS people FROM (
                SELECT * FROM jsonb_each_text(coalesce(c.never_reasons, '{}'))
                UNION ALL SELECT * FROM jsonb_each_text(n.people)) e
            GROUP BY 1 HAVING sum(e.value::int) <> 0) s"""

_MOVE = f"""
WITH given AS MATERIALIZED (
    SELECT u.* FROM unnest(%(ids)s::bigint[], %(became)s::text[], %(replies)s::text[],
        %(reasons)s::text[], %(due)s::timestamptz[], %(opens)s::boolean[], %(clicks)s::boolean[])
        AS u(contact_id, became, reply, reason, due_at, opens, clicks)),
before AS MATERIALIZED (
    SELECT r.contact_id, {_STATE} AS was, {_REASON} AS had
    FROM recipient r JOIN given u USING (contact_id)
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s
      AND (u.became, {_STATE}) IN (VALUES {_ALLOWED})
    ORDER BY r.contact_id FOR UPDATE OF r),
moved AS (
    UPDATE recipient r SET
        sent_at = CASE WHEN u.became IN ('sent', 'arrived') THEN %(at)s ELSE r.sent_at END,
        trouble = CASE WHEN u.became = 'returned' THEN 'failed'
            WHEN u.became IN ('failed', 'unknown', 'retry', 'asked') THEN u.became END,
        trouble_at = CASE WHEN u.became IN ('failed', 'unknown', 'retry', 'asked', 'returned')
            THEN %(at)s ELSE r.trouble_at END,
        attempts = r.attempts
            + CASE WHEN u.became IN ('sent', 'failed', 'unknown', 'retry') AND %(member)s IS NULL
                   THEN 1 ELSE 0 END,
        reply = {REPLY},
        closed_reason = CASE WHEN u.became = 'closed' THEN u.reason ELSE r.closed_reason END,
        closed_at = CASE WHEN u.became = 'closed' THEN %(at)s ELSE r.closed_at END,
        released_at = CASE WHEN u.became = 'released' THEN %(at)s ELSE r.released_at END,
        measured_opens = r.measured_opens OR u.opens,
        measured_clicks = r.measured_clicks OR u.clicks,
        settled_by_id = coalesce(%(member)s, r.settled_by_id)
    FROM given u, before b
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s
      AND r.contact_id = b.contact_id AND u.contact_id = b.contact_id
    RETURNING r.contact_id, r.chunk, b.was, {_STATE} AS becomes, u.became, u.due_at,
        r.measured_opens, r.measured_clicks, b.had, {_REASON} AS has),
reasons AS (
    SELECT k.chunk, jsonb_object_agg(k.reason, k.people) AS people FROM (
        SELECT l.chunk, l.reason, sum(l.people) AS people FROM (
            SELECT m.chunk, m.has, 1 FROM moved m WHERE m.becomes = 'never_sent'
            UNION ALL
            SELECT m.chunk, m.had, -1 FROM moved m WHERE m.was = 'never_sent')
            l(chunk, reason, people)
        GROUP BY 1, 2) k
    GROUP BY 1),
counted AS (
    UPDATE chunk c SET {_ADDED},
        never_reasons = CASE WHEN n.people IS NULL THEN c.never_reasons ELSE ({_MERGED}) END
    FROM (SELECT m.chunk, {_DELTAS} FROM moved m GROUP BY m.chunk) d
    LEFT JOIN reasons n ON n.chunk = d.chunk
    WHERE c.account_id = %(account)s AND c.campaign_id = %(campaign)s AND c.kind = 'mail'
      AND c.number = d.chunk),
later AS (
    INSERT INTO due_recipient AS q
        (account_id, campaign_id, contact_id, due_at, why, worker, generation)
    SELECT %(account)s, %(campaign)s, m.contact_id, m.due_at, m.became, '', 0
    FROM moved m WHERE m.due_at IS NOT NULL
    ON CONFLICT (account_id, campaign_id, contact_id)
    DO UPDATE SET due_at = excluded.due_at, why = excluded.why, lease_until = NULL),
gone AS (
    DELETE FROM due_recipient q USING moved m
    WHERE q.account_id = %(account)s AND q.campaign_id = %(campaign)s
      AND q.contact_id = m.contact_id AND m.becomes <> 'queued')
SELECT contact_id, was, becomes FROM moved"""


def _move(
    account_id: int,
    campaign_id: int,
    changes: Sequence[Change],
    *,
    at: datetime.datetime | None = None,
    member_id: int | None = None,
) -> list[int]:
    """Run the statement; the chunks' locks are held. Returns the contacts that moved."""
    if not changes:
        return []
    ids = [change.contact_id for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(
            _MOVE,
            {
                "account": account_id,
                "campaign": campaign_id,
                "at": at or timezone.now(),
                "member": member_id,
                "lo": min(ids),
                "hi": max(ids),
                "ids": ids,
                "became": [str(change.became) for change in changes],
                "replies": [change.reply[:500] for change in changes],
                "reasons": [change.reason for change in changes],
                "due": [change.due_at for change in changes],
                "opens": [change.measured_opens for change in changes],
                "clicks": [change.measured_clicks for change in changes],
            },
        )
        moved = cursor.fetchall()
    count_unsent(account_id, campaign_id, moved)
    return [contact_id for contact_id, _, _ in moved]
