"""Waiting for consent: answers release or close recipients, the end of the wait closes the rest.

Receives consent.signals.standing_changed inside the ledger's transaction, after its appends.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import connection

from campaigns.models import Campaign
from campaigns.recipients import moving
from marketing.tenancy import use_account

_WAITING = """
SELECT r.campaign_id, r.contact_id FROM recipient r
JOIN campaign c ON c.account_id = r.account_id AND c.id = r.campaign_id
WHERE r.account_id = %(account)s AND r.address_hash = ANY(%(hashes)s) AND r.verdict = 2
  AND r.released_at IS NULL AND r.closed_reason IS NULL AND c.state = ANY(%(states)s)
"""

# Queued people have no index by address: they are found by their contact.
_UNSENT = (
    """
SELECT r.campaign_id, r.contact_id FROM contact p
JOIN recipient r ON r.account_id = p.account_id AND r.contact_id = p.id
JOIN campaign c ON c.account_id = r.account_id AND c.id = r.campaign_id
WHERE p.account_id = %(account)s AND p.address_hash = ANY(%(hashes)s)
  AND r.verdict <> 3 AND r.sent_at IS NULL AND r.closed_reason IS NULL
  AND c.state = ANY(%(states)s)
UNION
"""
    + _WAITING
)

# Held later because a country tightened: they wait like everybody else who was asked.
_HELD = """
UNION
SELECT r.campaign_id, r.contact_id FROM contact p
JOIN recipient r ON r.account_id = p.account_id AND r.contact_id = p.id
JOIN campaign c ON c.account_id = r.account_id AND c.id = r.campaign_id
WHERE p.account_id = %(account)s AND p.address_hash = ANY(%(hashes)s) AND r.trouble = 'asked'
  AND r.closed_reason IS NULL AND c.state = ANY(%(states)s)
"""

_OVERDUE = """
SELECT r.contact_id FROM chunk k
JOIN campaign c ON c.account_id = k.account_id AND c.id = k.campaign_id
JOIN recipient r ON r.account_id = k.account_id AND r.campaign_id = k.campaign_id
    AND r.contact_id BETWEEN k.lo AND k.hi AND r.chunk = k.number
WHERE k.account_id = %(account)s AND k.campaign_id = %(campaign)s AND k.kind = 'mail'
  AND k.pending > 0 AND r.released_at IS NULL
  AND r.sent_at IS NULL AND r.closed_reason IS NULL
  AND (r.verdict = 2 OR r.trouble = 'asked') AND coalesce(r.trouble, '') <> 'failed'
  AND coalesce(r.wait_until, r.trouble_at + make_interval(days => c.waiting_days)) <= %(now)s
LIMIT %(limit)s
"""

# From so many addresses on it pays to ask first whether any campaign is running.
_MANY = 100
_ANY_RUNNING = """
SELECT 1 FROM campaign WHERE account_id = %(account)s AND state = ANY(%(states)s) LIMIT 1
"""


def answered(
    *, account_id: int, address_hashes: list[bytes], change: str, reason: str, at: datetime
) -> list[moving.Key]:
    """Move the recipients of these addresses; returns those that were released.

    A yes releases the campaign that asked. No, leaving and suppression close everything unsent.
    """
    if change == "agreed":
        keys = _keys(_WAITING + _HELD, account_id, address_hashes)
        moving.release(account_id, keys, at=at)
        return keys
    keys = _keys(_UNSENT + _HELD, account_id, address_hashes)
    if keys:
        moving.close(account_id, keys, reason=reason, at=at)
    return []


def close_waits(account_id: int, campaign_id: int, *, now: datetime) -> int:
    """Close who did not answer in time, at most 5,000 at once; returns how many."""
    params: dict[str, Any] = {"account": account_id, "campaign": campaign_id, "now": now}
    with use_account(account_id):
        with connection.cursor() as cursor:
            cursor.execute(_OVERDUE, params | {"limit": 5000})
            keys = [(campaign_id, row[0]) for row in cursor.fetchall()]
        if not keys:
            return 0
        return moving.close(account_id, keys, reason="no_answer_in_time", at=now)


def _keys(sql: str, account_id: int, hashes: Iterable[bytes]) -> list[moving.Key]:
    params: dict[str, Any] = {
        "account": account_id,
        "hashes": [bytes(value) for value in hashes],
        "states": list(Campaign.RUNNING),
    }
    with connection.cursor() as cursor:
        if len(params["hashes"]) >= _MANY:
            cursor.execute(_ANY_RUNNING, params)
            if cursor.fetchone() is None:
                return []
        cursor.execute(sql, params)
        return [(row[0], row[1]) for row in cursor.fetchall()]
