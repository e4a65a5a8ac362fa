"""Preparing: a recipient row with verdict and reason for every considered person.

Batches of contact ids, each in one transaction with its checkpoint: killed anywhere and run again,
it makes the same rows. Chunks of recipients carry the counts; requests get chunks of their own.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.launching.audience import judged, people_of, question_of
from campaigns.launching.happening import happened
from campaigns.launching.progress import people, progress_of
from campaigns.models import Campaign, Chunk
from consent.asking import requests
from marketing.tenancy import use_account

# A second: a member who pauses waits that long. Each batch reads all standings for the gate.
BATCH = 100_000
# A lease costs some ten statements, whatever its size: in a large campaign they are shared by
# more people. A small one is cut finer, so that every worker finds a part of it.
FEWEST_OF_CHUNK, MOST_OF_CHUNK = 500, 1_000
PARTS = 50
MANY = 2_000

# Row numbers over the batch give contiguous chunks. Who is a recipient already is left out, for
# joiners and for a run whose checkpoint was lost: the campaign's lock keeps others away, and ON
# CONFLICT would cost as much as the gate.
_RECIPIENTS = """
INSERT INTO recipient (account_id, campaign_id, contact_id, chunk, address, address_hash, verdict,
    reason, reason_at, reason_campaign_id, strict, prepared_at, wait_until, attempts, reply,
    measured_opens, measured_clicks)
SELECT %(account)s, %(campaign)s, v.contact_id,
    %(first_chunk)s + ((row_number() OVER (ORDER BY v.contact_id)) - 1) / %(size)s,
    v.address, v.address_hash, v.verdict, v.reason, v.reason_at, v.reason_campaign_id, v.strict,
    %(now)s, CASE v.verdict WHEN 2 THEN %(wait_until)s::timestamptz END, 0, '', false, false
FROM {judged} v
WHERE NOT EXISTS (SELECT 1 FROM recipient r
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s AND r.contact_id = v.contact_id)
"""

# The request belongs to one campaign for ever: who lost the race is told so here, in the same
# transaction (product 3, two launches at once).
_LOSERS = """
UPDATE recipient r
SET verdict = 3, reason = 'asked_no_answer', wait_until = NULL,
    reason_at = coalesce(q.asked_at, q.made_at), reason_campaign_id = q.campaign_id
FROM consent_request q
WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
  AND r.contact_id BETWEEN %(lo)s AND %(hi)s AND r.chunk >= %(first_chunk)s AND r.verdict = 2
  AND q.account_id = r.account_id AND q.address_hash = r.address_hash
  AND (q.campaign_id <> r.campaign_id OR q.contact_id <> r.contact_id)
"""

_MAIL_CHUNKS = """
INSERT INTO chunk (account_id, campaign_id, number, kind, lo, hi, planned, queued, pending, sent,
    never, never_reasons, failed, unknown, done_at, worker, generation)
SELECT %(account)s, %(campaign)s, chunk, 'mail', min(lo), max(hi), sum(people),
    coalesce(sum(people) FILTER (WHERE verdict = 1), 0),
    coalesce(sum(people) FILTER (WHERE verdict = 2), 0), 0,
    coalesce(sum(people) FILTER (WHERE verdict = 3), 0),
    jsonb_object_agg(reason, people) FILTER (WHERE verdict = 3), 0, 0,
    CASE WHEN bool_and(verdict <> 1) THEN %(now)s::timestamptz END, '', 0
FROM (SELECT chunk, verdict, CASE verdict WHEN 3 THEN reason ELSE '' END AS reason,
          min(contact_id) AS lo, max(contact_id) AS hi, count(*) AS people
      FROM recipient
      WHERE account_id = %(account)s AND campaign_id = %(campaign)s
        AND contact_id BETWEEN %(lo)s AND %(hi)s AND chunk >= %(first_chunk)s
      GROUP BY 1, 2, 3) k
GROUP BY chunk
ON CONFLICT DO NOTHING
"""

_REQUEST_CHUNKS = """
INSERT INTO chunk (account_id, campaign_id, number, kind, lo, hi, planned, queued, pending, sent,
    never, failed, unknown, worker, generation)
SELECT %(account)s, %(campaign)s, %(first_request_chunk)s + place, 'request', min(contact_id),
    max(contact_id), count(*), count(*), 0, 0, 0, 0, 0, '', 0
FROM (
    SELECT contact_id, (row_number() OVER (ORDER BY contact_id) - 1) / %(size)s AS place
    FROM recipient
    WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND verdict = 2
      AND contact_id BETWEEN %(lo)s AND %(hi)s AND chunk >= %(first_chunk)s) asked
GROUP BY place
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many people a transaction takes; tests make it small."""

    batch: int = BATCH
    chunk: int | None = None  # None: as many as `chunk_of` says


def chunk_of(people: int) -> int:
    """How many recipients a chunk holds, in a batch of so many."""
    return min(max(people // PARTS, FEWEST_OF_CHUNK), MOST_OF_CHUNK)


def prepare(account_id: int, campaign_id: int, *, sizes: Sizes | None = None) -> bool:
    """Prepare a campaign in state Preparing to its end; True when it is now Sending.

    Safe to call at any time and twice at once: each batch locks the campaign, looks at its state
    and goes on after the checkpoint; who finds it locked leaves it to the other. Paused or stopped
    meanwhile: it ends after the batch.
    """
    while prepare_batch(account_id, campaign_id, sizes=sizes or Sizes()):
        pass
    with use_account(account_id):
        return bool(
            Campaign.objects.for_account(account_id)
            .filter(pk=campaign_id, state=Campaign.State.SENDING)
            .exists()
        )


def prepare_batch(account_id: int, campaign_id: int, *, sizes: Sizes) -> bool:
    """One batch in one transaction with its checkpoint; False when nothing was left to do."""
    with use_account(account_id):
        campaign = locked_campaign(account_id, campaign_id, skip=True)
        if campaign is None or campaign.state != Campaign.State.PREPARING:
            return False
        now = timezone.now()
        hi = make_recipients(campaign, after=campaign.prepared_to or 0, sizes=sizes, now=now)
        if hi is None:
            _end(campaign, now=now)
            return False
        campaign.prepared_to = hi
        campaign.save(update_fields=["prepared_to"])
        return True


def locked_campaign(account_id: int, campaign_id: int, *, skip: bool = False) -> Campaign | None:
    """The campaign, locked until the transaction ends; with `skip` None while another holds it."""
    found: Campaign | None = (
        Campaign.objects.for_account(account_id)
        .select_for_update(of=("self",), skip_locked=skip)
        .filter(pk=campaign_id)
        .first()
    )
    return found


def make_recipients(
    campaign: Campaign, *, after: int, sizes: Sizes, now: datetime, joiners: bool = False
) -> int | None:
    """Recipients, requests and chunks for the next batch of people above a contact id.

    Returns the batch's highest contact id, None when nobody is left. With `joiners` only people
    who are not recipients yet. The campaign's row must be locked.
    """
    new = (
        "NOT EXISTS (SELECT 1 FROM recipient r WHERE r.account_id = c.account_id "
        f"AND r.campaign_id = {campaign.pk:d} AND r.contact_id = c.id)"
        if joiners
        else "true"
    )
    ends = _ends_of_batch(campaign, after=after, size=sizes.batch, new=new)
    if ends is None:
        return None
    lo, hi, considered = ends
    wait_until = now + timedelta(days=campaign.waiting_days)
    params = question_of(campaign).params() | {
        "account": campaign.account_id,
        "campaign": campaign.pk,
        "lo": lo,
        "hi": hi,
        "now": now,
        "wait_until": wait_until,
        "size": sizes.chunk or chunk_of(considered),
        "first_chunk": _next_number(campaign, Chunk.Kind.MAIL),
        "first_request_chunk": _next_number(campaign, Chunk.Kind.REQUEST),
    }
    _run("SET LOCAL work_mem = '64MB'", {})
    condition = f"c.id BETWEEN %(lo)s AND %(hi)s AND {new}"
    verdicts = judged(campaign, condition=condition, are_many=not joiners)
    _run(_RECIPIENTS.format(judged=verdicts), params)
    had_requests = requests.open_for(
        campaign.account_id, campaign.pk, form_id=campaign.consent_form_id, contacts=(lo, hi)
    )
    if had_requests:
        _run(_LOSERS, params)
    _run(_MAIL_CHUNKS, params)
    _run(_REQUEST_CHUNKS, params)
    return hi


def _ends_of_batch(
    campaign: Campaign, *, after: int, size: int, new: str
) -> tuple[int, int, int] | None:
    """Lowest and highest contact id, and how many people; None when nobody is left."""
    sql = f"""
        SELECT min(id), max(id), count(*) FROM (
            SELECT c.id FROM contact c
            WHERE c.account_id = %(account)s AND c.id > %(after)s
              AND ({people_of(campaign)}) AND {new}
            ORDER BY c.id LIMIT %(size)s) batch"""
    with connection.cursor() as cursor:
        cursor.execute(sql, {"account": campaign.account_id, "after": after, "size": size})
        lo, hi, considered = cursor.fetchone()
    return None if hi is None else (lo, hi, considered)


def _next_number(campaign: Campaign, kind: str) -> int:
    last = (
        Chunk.objects.for_account(campaign.account_id)
        .filter(campaign_id=campaign.pk, kind=kind)
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return 0 if last is None else last + 1


def _run(sql: str, params: dict[str, Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)


def _end(campaign: Campaign, *, now: datetime) -> None:
    campaign.state = Campaign.State.SENDING
    campaign.prepared_at = now
    campaign.joiners_looked_at = now
    campaign.save(update_fields=["state", "prepared_at", "joiners_looked_at"])
    counts = progress_of(campaign)
    if counts.pending >= MANY:
        # What is written to their requests next must not be planned as if they were few.
        _run("SELECT analyze_prepared()", {})
    text = f"{people(counts.planned)} fixed, {counts.never:,} left out with a reason"
    happened(campaign, "prepared", text, at=now)
