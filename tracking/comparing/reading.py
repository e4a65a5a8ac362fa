"""What is compared, as read: campaigns by counters, groups of one campaign by its recipients.

Groups read every recipient of the campaign, so they have a page of their own that is asked for.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from campaigns.models import Campaign

MOST: Final = 10

_CAMPAIGNS: Final = """
WITH last AS (
    SELECT k.id, k.name, k.first_sent_at, k.track_opens, k.track_clicks FROM campaign k
    WHERE k.account_id = %(account)s AND k.first_sent_at IS NOT NULL
    ORDER BY k.first_sent_at DESC, k.id DESC LIMIT %(most)s)
SELECT l.id::text, l.name, l.first_sent_at, coalesce(c.sent, 0)::int,
       CASE WHEN l.track_opens THEN coalesce(c.opens, 0)::int END,
       CASE WHEN l.track_clicks THEN coalesce(c.clicks, 0)::int END,
       coalesce(t.viewers, 0), coalesce(t.proxy_only, 0), coalesce(t.clickers, 0),
       coalesce(u.people, 0)::int
FROM last l
LEFT JOIN LATERAL (
    SELECT sum(sent) AS sent, sum(measured_opens) AS opens, sum(measured_clicks) AS clicks
    FROM chunk WHERE account_id = %(account)s AND campaign_id = l.id AND kind = 'mail') c ON true
LEFT JOIN campaign_totals t ON t.account_id = %(account)s AND t.campaign_id = l.id
LEFT JOIN leaving_count u ON u.account_id = %(account)s AND u.campaign_id = l.id
    AND u.event = 'withdrew'
ORDER BY l.first_sent_at DESC, l.id DESC"""

_GROUPS: Final = """
SELECT g.code, g.code, NULL::timestamptz, count(*)::int,
       CASE WHEN %(opens)s THEN count(*) FILTER (WHERE r.measured_opens)::int END,
       CASE WHEN %(clicks)s THEN count(*) FILTER (WHERE r.measured_clicks)::int END,
       count(*) FILTER (WHERE e.opens > 0)::int,
       count(*) FILTER (WHERE e.opens = 0 AND e.opens_proxy > 0)::int,
       count(*) FILTER (WHERE e.clicks > 0)::int, 0
FROM recipient r
LEFT JOIN engagement e ON e.account_id = r.account_id AND e.campaign_id = r.campaign_id
    AND e.contact_id = r.contact_id
LEFT JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
CROSS JOIN LATERAL (SELECT {code} AS code) g
WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
  AND r.sent_at IS NOT NULL AND r.trouble IS NULL
GROUP BY g.code ORDER BY 4 DESC, 1"""
_BY: Final = {"country": "coalesce(c.country, '')", "basis": "r.reason"}


@dataclass(frozen=True, slots=True)
class Compared:
    """One campaign, or one group: people everywhere. None: nothing of the kind was measured."""

    key: str
    name: str
    at: datetime | None
    sent: int
    measured_opens: int | None
    measured_clicks: int | None
    viewers: int
    proxy_only: int
    clickers: int
    left: int


def last_campaigns(account_id: int) -> list[Compared]:
    """The newest campaigns that were sent, at most MOST; counters only."""
    return _rows(_CAMPAIGNS, {"account": account_id, "most": MOST})


def groups_of(campaign: Campaign, by: str) -> list[Compared]:
    """People who were sent the mail, by "country" or "basis"; the largest group first."""
    values = {
        "account": campaign.account_id,
        "campaign": campaign.pk,
        "opens": campaign.track_opens,
        "clicks": campaign.track_clicks,
    }
    return _rows(_GROUPS.format(code=_BY[by]), values)


def _rows(statement: str, values: dict[str, Any]) -> list[Compared]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return [Compared(*row) for row in cursor.fetchall()]
