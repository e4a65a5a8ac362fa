"""The numbers behind the Statistics page: a fixed number of statements, mostly on counters."""

from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from campaigns.launching.progress import Progress, progress_of
from campaigns.models import Campaign, CampaignTotals, Chunk
from tracking.statistics.filters import LEFT

# Asked for each of a few by the key: a join reads everybody who opened.
_OPENED: Final = """coalesce((SELECT e.opens > 0 OR e.opens_proxy > 0 FROM engagement e
    WHERE e.account_id = r.account_id AND e.campaign_id = r.campaign_id
      AND e.contact_id = r.contact_id), false)"""


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


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts of people, but for `requests` (kind, class -> how many), which are requests."""

    progress: Progress
    measured_opens: int
    measured_clicks: int
    totals: CampaignTotals
    unsubscribed: int
    complained: int
    opened_unsent: int  # opened though their mail has errors or an unknown outcome
    requests: dict[tuple[str, str], int] = field(default_factory=dict)
    links: list[LinkNumbers] = field(default_factory=list)

    def requested(self, kind: str, *classes: str) -> int:
        """Requests of these classes."""
        return sum(self.requests.get((kind, one), 0) for one in classes)


def numbers_of(campaign: Campaign) -> Numbers:
    """All numbers of one campaign; inside `use_account`."""
    measured = (
        Chunk.objects.for_account(campaign.account_id)
        .filter(campaign_id=campaign.pk, kind=Chunk.Kind.MAIL)
        .aggregate(opens=Sum("measured_opens", default=0), clicks=Sum("measured_clicks", default=0))
    )
    totals = (
        CampaignTotals.objects.for_account(campaign.account_id)
        .filter(campaign_id=campaign.pk)
        .first()
    )
    unsubscribed, complained, opened_unsent = _few(campaign)
    return Numbers(
        progress=progress_of(campaign),
        measured_opens=measured["opens"],
        measured_clicks=measured["clicks"],
        totals=totals or _nothing_yet(campaign),
        unsubscribed=unsubscribed,
        complained=complained,
        opened_unsent=opened_unsent,
        requests=_requests(campaign),
        links=_links(campaign),
    )


def _nothing_yet(campaign: Campaign) -> CampaignTotals:
    zeros = dict.fromkeys(
        ("viewers", "clickers", "clicked_unseen", "proxy_only", "machine_only", "unsure_only"), 0
    )
    return CampaignTotals(account_id=campaign.account_id, campaign_id=campaign.pk, **zeros)


def _few(campaign: Campaign) -> tuple[int, int, int]:
    """Those who left, complained, or opened without counting as sent: few, found by index."""
    [counts] = _rows(
        f"""SELECT (SELECT count(*) FROM recipient r
                    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
                      AND {LEFT}),
                   (SELECT count(DISTINCT p.address_hash) FROM consent_record p
                    WHERE p.account_id = %(account)s AND p.event = 'complained'
                      AND p.campaign_id = %(campaign)s),
                  (SELECT count(*) FROM recipient r
                    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
                      AND r.trouble IN ('unknown', 'failed') AND {_OPENED})""",
        campaign,
    )
    unsubscribed, complained, opened_unsent = counts
    return unsubscribed, complained, opened_unsent


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
                  coalesce(sum(c.events) FILTER (WHERE c.judged_class = 'unknown'), 0)
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
