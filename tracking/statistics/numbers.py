"""The numbers behind the Statistics page: a fixed number of statements, all on counters."""

from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from campaigns.launching.progress import Progress, progress_of
from campaigns.models import Campaign, CampaignTotals
from tracking.statistics.counting import left_of, measured_of, totals_of


@dataclass(frozen=True, slots=True)
class LinkNumbers:
    """One link of the campaign: people who pressed it, and requests by class."""

    number: int
    label: str
    target: str
    people: int
    clicks: int
    by_machines: int
    not_sure: int
    stopped: str  # why the operator stopped it, or all of the account


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of people, but for `requests` (kind, class -> how many), which are requests."""

    progress: Progress
    measured_opens: int
    measured_clicks: int
    totals: CampaignTotals
    unsubscribed: int
    complained: int
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    links: list[LinkNumbers] = field(default_factory=list)

    def requested(self, kind: str, *classes: str) -> int:
        """Requests of these classes."""
        return sum(self.requests.get((kind, one), 0) for one in classes)


def numbers_of(campaign: Campaign) -> Numbers:
    """All numbers of one campaign; inside `use_account`."""
    measured, totals, left = measured_of(campaign), totals_of(campaign), left_of(campaign)
    return Numbers(
        progress=progress_of(campaign),
        measured_opens=measured.opens,
        measured_clicks=measured.clicks,
        totals=totals,
        unsubscribed=left.get("withdrew", 0),
        complained=left.get("complained", 0),
        requests=_requests(campaign),
        links=_links(campaign),
    )


def _requests(campaign: Campaign) -> dict[tuple[str, str], int]:
    found = _rows(
        """SELECT kind, judged_class, sum(events)::bigint FROM counter
           WHERE account_id = %(account)s AND campaign_id = %(campaign)s GROUP BY 1, 2""",
        campaign,
    )
    return {(kind, judged_class): events for kind, judged_class, events in found}


def _links(campaign: Campaign) -> list[LinkNumbers]:
    found = _rows(
        """SELECT k.number, k.label, k.target,
                  coalesce((SELECT sum(f.people) FROM first_time f WHERE f.account_id = k.account_id
                      AND f.campaign_id = k.campaign_id AND f.kind = 'click'
                      AND f.number = k.number), 0)::bigint,
                  coalesce(sum(c.events) FILTER (WHERE c.judged_class = 'person'), 0),
                  coalesce(sum(c.events) FILTER (WHERE c.judged_class IN ('machine', 'proxy')), 0),
                  coalesce(sum(c.events) FILTER (WHERE c.judged_class = 'unknown'), 0),
                  coalesce((SELECT s.why FROM stopped_link s WHERE s.account_id = k.account_id
                      AND s.undone_at IS NULL AND (s.campaign_id, s.number)
                          IN ((k.campaign_id, k.number), (0, 0))
                      ORDER BY s.campaign_id DESC LIMIT 1), '')
           FROM link k LEFT JOIN counter c ON c.account_id = k.account_id
               AND c.campaign_id = k.campaign_id AND c.kind = 'click' AND c.number = k.number
           WHERE k.account_id = %(account)s AND k.campaign_id = %(campaign)s
           GROUP BY k.account_id, k.campaign_id, 1, 2, 3 ORDER BY 4 DESC, 5 DESC, 1""",
        campaign,
    )
    return [LinkNumbers(*row) for row in found]


def _rows(statement: str, campaign: Campaign) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"account": campaign.account_id, "campaign": campaign.pk})
        return list(cursor.fetchall())
