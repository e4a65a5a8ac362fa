"""Advancing: from Sending to Waiting for consent or Finished, and what periodic tasks must tend.

Both look over all accounts in one statement; the work itself runs in each account's transaction.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from marketing.tenancy import every_account

JOINERS_EVERY = timedelta(minutes=10)

# Finished ones too, where somebody is due: a member sends again to whose outcome was unknown.
_SUMS = """
WITH looked_at AS MATERIALIZED (
    SELECT c.account_id, c.id FROM campaign c WHERE c.state IN ('sending', 'waiting')
    UNION
    SELECT c.account_id, c.id FROM (SELECT DISTINCT account_id, campaign_id FROM due_recipient) d
    JOIN campaign c ON c.account_id = d.account_id AND c.id = d.campaign_id
    WHERE c.state = 'finished'),
sums AS (
    SELECT c.account_id, c.id, c.state,
        coalesce(sum(k.queued) FILTER (WHERE k.kind = 'mail'), 0) AS queued,
        coalesce(sum(k.pending) FILTER (WHERE k.kind = 'mail'), 0) AS pending,
        coalesce(sum(k.sent) FILTER (WHERE k.kind = 'mail'), 0) AS sent,
        coalesce(bool_or(k.kind = 'request' AND k.done_at IS NULL), false) AS asking,
        c.keep_sending AND c.keep_sending_until >= (%(now)s AT TIME ZONE a.time_zone)::date
            AS looking
    FROM campaign c
    JOIN looked_at l ON l.account_id = c.account_id AND l.id = c.id
    JOIN account a ON a.id = c.account_id
    LEFT JOIN chunk k ON k.account_id = c.account_id AND k.campaign_id = c.id
    WHERE %(only)s::bigint[] IS NULL OR c.id = ANY(%(only)s::bigint[])
    GROUP BY c.account_id, c.id, c.state, c.keep_sending, c.keep_sending_until, a.time_zone),
next AS (
    SELECT s.*, CASE WHEN s.queued > 0 OR s.asking THEN 'sending'
                     WHEN s.pending > 0 OR s.looking THEN 'waiting'
                     ELSE 'finished' END AS becomes
    FROM sums s)"""

_MOVING = f"{_SUMS} SELECT n.id FROM next n WHERE n.becomes <> n.state"

# Who prepares, joins or stops holds the campaign: it is looked at again in two seconds.
_LOCK = "SELECT id FROM campaign WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"

_ADVANCE = f"""{_SUMS},
moved AS (
    UPDATE campaign c SET state = n.becomes,
        finished_at = CASE WHEN n.becomes = 'finished' THEN %(now)s::timestamptz END
    FROM next n
    WHERE c.account_id = n.account_id AND c.id = n.id AND c.state = n.state
      AND n.becomes <> n.state
    RETURNING c.account_id, c.id, n.state AS was, n.becomes, n.pending, n.sent)
INSERT INTO campaign_event (account_id, campaign_id, at, what, text, who)
SELECT m.account_id, m.id, %(now)s, m.becomes,
    CASE WHEN m.becomes = 'finished' THEN 'Finished. ' || to_char(m.sent, 'FM999,999,999,990')
              || CASE m.sent WHEN 1 THEN ' mail was accepted' ELSE ' mails were accepted' END
         WHEN m.pending = 0 THEN 'Nobody is queued. New people are looked for'
         WHEN m.pending = 1 THEN 'Nobody is queued. 1 person has not answered'
         ELSE 'Nobody is queued. ' || to_char(m.pending, 'FM999,999,999,990')
              || ' people have not answered' END, ''
FROM moved m WHERE m.becomes <> 'sending'
"""

_TENDED = """
SELECT c.account_id, c.id, 'launch' FROM campaign c
WHERE c.state = 'scheduled' AND c.scheduled_at <= %(now)s
UNION ALL
SELECT c.account_id, c.id, 'prepare' FROM campaign c WHERE c.state = 'preparing'
UNION ALL
SELECT c.account_id, c.id, 'join' FROM campaign c JOIN account a ON a.id = c.account_id
WHERE c.state IN ('sending', 'waiting') AND c.keep_sending
  AND c.keep_sending_until >= (%(now)s AT TIME ZONE a.time_zone)::date
  AND coalesce(c.joiners_looked_at, c.prepared_at) <= %(joiners_since)s
UNION ALL
SELECT DISTINCT k.account_id, k.campaign_id, 'close_waits' FROM campaign c
JOIN chunk k ON k.account_id = c.account_id AND k.campaign_id = c.id AND k.kind = 'mail'
WHERE c.state IN ('sending', 'waiting', 'paused') AND k.pending > 0
  AND c.prepared_at + make_interval(days => c.waiting_days) <= %(now)s + interval '1 hour'
"""


@dataclass(frozen=True, slots=True)
class Tended:
    """A campaign and the activity whose time has come."""

    account_id: int
    campaign_id: int
    activity: str


def advance(*, now: datetime | None = None) -> None:
    """Move every campaign to the state its counts say, over all accounts.

    They are counted anew behind the locks: somebody may have joined since the first look.
    """
    params: dict[str, Any] = {"now": now or timezone.now(), "only": None}
    with every_account(), connection.cursor() as cursor:
        cursor.execute(_MOVING, params)
        found = [row[0] for row in cursor.fetchall()]
        if not found:
            return
        cursor.execute(_LOCK, [found])
        cursor.execute(_ADVANCE, params | {"only": [row[0] for row in cursor.fetchall()]})


def to_tend(*, now: datetime | None = None) -> list[Tended]:
    """What has to be done now: launch, prepare, join, close_waits."""
    now = now or timezone.now()
    params = {"now": now, "joiners_since": now - JOINERS_EVERY}
    with every_account(), connection.cursor() as cursor:
        cursor.execute(_TENDED, params)
        return [Tended(*row) for row in cursor.fetchall()]
