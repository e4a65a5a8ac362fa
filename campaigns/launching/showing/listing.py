"""The campaign list: filters, pages, and what a row says. Five queries, whatever the page holds."""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from campaigns.launching.progress import Progress, progress_by_campaign
from campaigns.launching.showing.moments import day, moment, share
from campaigns.launching.showing.readable import readable
from campaigns.measuring.small_groups import FEWER, hides_small_groups, is_small
from campaigns.models import Campaign, CampaignTotals
from marketing.models import Account
from marketing.queries import number_in

PAGE = 25
State = Campaign.State

# Preparing is shown under Sending.
PILLS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("", "All", ()),
    ("draft", "Draft", (State.DRAFT,)),
    ("scheduled", "Scheduled", (State.SCHEDULED,)),
    ("sending", "Sending", (State.PREPARING, State.SENDING)),
    ("waiting", "Waiting for consent", (State.WAITING,)),
    ("paused", "Paused", (State.PAUSED,)),
    ("finished", "Finished", (State.FINISHED,)),
    ("stopped", "Stopped", (State.STOPPED,)),
)
DATES = (("", "Any date"), ("7", "Last 7 days"), ("30", "Last 30 days"), ("365", "Last year"))


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL asks for; anything odd in it counts as not given."""

    status: str = ""
    q: str = ""
    days: str = ""
    sender: str = ""
    before: int = 0

    @classmethod
    def of(cls, query: Any) -> "Filters":
        """From a request's GET."""
        status, days = query.get("status", ""), query.get("days", "")
        sender, before = query.get("sender", ""), query.get("before", "")
        return cls(
            status=status if status in {pill[0] for pill in PILLS} else "",
            q=query.get("q", "").replace("\x00", "").strip()[:200],
            days=days if days in {value for value, _ in DATES} else "",
            sender=sender if _is_id(sender) else "",
            before=int(before) if _is_id(before) else 0,
        )

    def url(self, **changed: Any) -> str:
        """The query with some filters changed; empty ones are left out."""
        wanted = replace(self, **{"before": 0, **changed})
        fields = ("status", "q", "days", "sender", "before")
        given = {name: getattr(wanted, name) for name in fields if getattr(wanted, name)}
        return f"?{urlencode(given)}"

    @property
    def is_any(self) -> bool:
        """Something is filtered."""
        return bool(self.status or self.q or self.days or self.sender)


@dataclass(frozen=True, slots=True)
class Statistic:
    """Views or Clicks: unique people and their share of sent."""

    label: str
    number: int | str  # words where a small group stays hidden
    rate: str


@dataclass(frozen=True, slots=True)
class Row:
    """One campaign of the list."""

    campaign: Campaign
    subject: str
    progress: Progress | None
    when: str
    statistics: tuple[Statistic, ...]
    statistics_note: str

    @property
    def is_polling(self) -> bool:
        """The row is still changing by itself."""
        return self.campaign.state in (State.PREPARING, State.SENDING)


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of one page, newest first."""

    rows: list[Row]
    total: int
    next_url: str


def campaigns_page(account: Account, filters: Filters) -> Page:
    """The rows the filters ask for: campaigns, chunk sums, totals."""
    campaigns = _filtered(account, filters)
    if filters.status:
        campaigns = campaigns.filter(state__in=_states(filters.status))
    if filters.before:
        campaigns = campaigns.filter(pk__lt=filters.before)
    found = list(campaigns.select_related("changed_by__user").order_by("-id")[: PAGE + 1])
    shown = found[:PAGE]
    more = filters.url(before=shown[-1].pk) if len(found) > PAGE else ""
    return Page(rows=rows_of(account, shown), total=len(shown), next_url=more)


def counts_by_pill(account: Account, filters: Filters) -> list[dict[str, Any]]:
    """The pills with their counts, one query."""
    counted = _filtered(account, filters).values("state").annotate(count=Count("pk")).order_by()
    by_state = {row["state"]: row["count"] for row in counted}
    total = sum(by_state.values())
    return [
        {
            "label": label,
            "count": sum(by_state.get(state, 0) for state in states) if states else total,
            "url": filters.url(status=code),
            "is_current": code == filters.status,
        }
        for code, label, states in PILLS
    ]


def rows_of(account: Account, campaigns: list[Campaign]) -> list[Row]:
    """Rows with their counts and statistics: three queries."""
    progress = progress_by_campaign(campaigns)
    totals = {
        row.campaign_id: row
        for row in CampaignTotals.objects.for_account(account).filter(
            campaign_id__in=[campaign.pk for campaign in campaigns]
        )
    }
    rows = [
        _row(account, campaign, progress.get(campaign.pk), totals.get(campaign.pk))
        for campaign in campaigns
    ]
    return [_of_group(row) for row in rows] if hides_small_groups(account.pk) else rows


def _filtered(account: Account, filters: Filters) -> QuerySet[Campaign]:
    campaigns: QuerySet[Campaign] = Campaign.objects.for_account(account)
    if filters.q:
        campaigns = campaigns.filter(Q(name__icontains=filters.q) | Q(subject__icontains=filters.q))
    if filters.days:
        since = timezone.now() - timedelta(days=int(filters.days))
        campaigns = campaigns.filter(Q(launched_at__gte=since) | Q(created_at__gte=since))
    if filters.sender:
        campaigns = campaigns.filter(sender_id=int(filters.sender))
    return campaigns


def _states(code: str) -> tuple[str, ...]:
    return next(states for pill, _, states in PILLS if pill == code)


def _row(
    account: Account, campaign: Campaign, progress: Progress | None, totals: CampaignTotals | None
) -> Row:
    note = ""
    statistics: tuple[Statistic, ...] = ()
    if progress is None:
        note = "After sending"
    elif not (campaign.track_opens or campaign.track_clicks):
        note = "Tracking was off"
    else:
        statistics = _statistics(campaign, progress, totals)
    return Row(
        campaign=campaign,
        subject=readable(campaign.subject),
        progress=progress,
        when=_when(campaign, account.time_zone),
        statistics=statistics,
        statistics_note=note,
    )


def _statistics(
    campaign: Campaign, progress: Progress, totals: CampaignTotals | None
) -> tuple[Statistic, ...]:
    views, clicks = (totals.viewers, totals.clickers) if totals else (0, 0)
    shown = (
        (campaign.track_opens, "Views", views),
        (campaign.track_clicks, "Clicks", clicks),
    )
    return tuple(
        Statistic(label, number, _rate(number, progress.sent)) for on, label, number in shown if on
    )


def _of_group(row: Row) -> Row:
    """Without the number of a group that is small."""
    return replace(
        row,
        statistics=tuple(
            Statistic(one.label, FEWER, "") if is_small(one.number) else one
            for one in row.statistics
        ),
    )


def _rate(number: int, sent: int) -> str:
    rate = share(number, sent)
    if rate:
        return f"{rate} of sent"
    return f"of {sent:,} sent" if sent else ""


def _when(campaign: Campaign, zone: str) -> str:
    match campaign.state:
        case State.DRAFT:
            by = f" by {campaign.changed_by.user.called}" if campaign.changed_by else ""
            return f"Edited {moment(campaign.changed_at, zone)}{by}"
        case State.SCHEDULED:
            return moment(campaign.scheduled_at, zone)
        case State.WAITING:
            return f"Open until {day(open_until(campaign), zone)}"
        case State.PAUSED:
            return campaign.paused_why
        case State.FINISHED:
            return f"Sent {day(campaign.launched_at, zone)}"
        case State.STOPPED:
            return f"Stopped {moment(campaign.finished_at, zone)}"
    return f"Started {moment(campaign.launched_at, zone)}"


def open_until(campaign: Campaign) -> Any:
    """When the last of those who were asked at launch stop being waited for."""
    since = campaign.prepared_at or campaign.launched_at
    return since + timedelta(days=campaign.waiting_days) if since else None


def _is_id(text: str) -> bool:
    return number_in(text) > 0
