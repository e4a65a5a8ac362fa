"""The numbers of the Statistics page as a file: one number a line, with its base beside it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.measuring.small_groups import hides_small_groups, told
from campaigns.models import Campaign
from marketing.exporting.running import begin, run
from marketing.exporting.writing import Column
from marketing.models import Export, Member
from marketing.tenancy import use_account
from tracking.measuring.small_groups import cells_of_group
from tracking.statistics.numbers import Numbers, numbers_of
from tracking.statistics.over_time import OverTime, over_times_of

TASK: Final = "tracking.statistics.export_numbers"

_COLUMNS: Final = (
    Column(
        "part",
        "Part of the Statistics page. Links: one person can press several."
        " Over time: people at their first open and click; loads by privacy proxies are requests",
    ),
    Column(
        "name",
        "Sent: the receiving server accepted the mail, it may still land in spam."
        " Measured: people who had allowed tracking when their mail was sent."
        " Views: people who loaded the picture of the mail. Clicks: people who followed a link."
        " Privacy proxy only: it proves nothing about reading",
    ),
    Column("counts", "What is counted: people, or requests. Machines are never counted as people"),
    Column("number", "How many"),
    Column("of", "The number that a share is taken of; empty where there is none"),
    Column("base", "What that number counts"),
)
_PEOPLE, _REQUESTS = "people", "requests"

Rows = list[list[str]]


def begin_numbers(by: Member, campaign: Campaign, *, file_format: str = "csv") -> Export:
    """Note down an export of a campaign's numbers; ring TASK after the commit."""
    return begin(
        by,
        title=f"Statistics of {campaign.name}",
        right="export_recipients",
        task=TASK,
        params={
            "campaign": campaign.pk,
            "name": campaign.name,
            "zone": by.account.time_zone,
            "format": file_format,
        },
    )


def make_numbers(account_id: int, export_id: int) -> None:
    """Make the file; does nothing if that was done."""
    with use_account(account_id):
        wanted = Export.objects.for_account(account_id).filter(pk=export_id).first()
    if wanted is not None and wanted.is_running:
        run(account_id, export_id, columns=_columns(wanted.params), batches=_batches)


def _columns(params: dict[str, Any]) -> list[Column]:
    zone = params["zone"]
    now = f"{timezone.now().astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"
    scope = f"Whose numbers these are: {params['name']}. Read {now}; all times are of {zone}"
    return [*_COLUMNS, Column("campaign", scope)]


def _batches(export: Export) -> Iterator[Sequence[Sequence[str]]]:
    """All of them at once: they fit on a page. None if the campaign is gone."""
    with use_account(export.account_id):
        mine = Campaign.objects.for_account(export.account_id)
        campaign = mine.filter(pk=export.params["campaign"]).first()
        if campaign is None:
            return
        hides = hides_small_groups(campaign.account_id)
        numbers = numbers_of(campaign)
        charts = over_times_of(campaign, zone=export.params["zone"])
    rows = [
        *_counted(campaign, numbers),
        *_states(numbers),
        *_requests(numbers),
        *_links(numbers),
    ]
    if hides:
        rows = [cells_of_group(row) for row in rows]
    rows += [row for chart in charts for row in _over_time(chart, hides=hides)]
    yield [[*row, export.params["name"]] for row in rows]


def _counted(campaign: Campaign, numbers: Numbers) -> Rows:
    """The cards and the funnel; what was not measured has no line instead of a 0."""
    part, totals, sent = "From planned to clicked", numbers.totals, numbers.progress.sent
    planned, opens, clicks = numbers.progress.planned, campaign.track_opens, campaign.track_clicks
    lines = (
        (True, "Planned", planned, "", ""),
        (True, "Sent", sent, planned, "planned"),
        (opens, "Measured for views", numbers.measured_opens, sent, "sent"),
        (clicks, "Measured for clicks", numbers.measured_clicks, sent, "sent"),
        (opens, "Views", totals.viewers, sent, "sent"),
        (opens, "Views", totals.viewers, numbers.measured_opens, "measured"),
        (opens, "Privacy proxy only", totals.proxy_only, numbers.measured_opens, "measured"),
        (clicks, "Clicks", totals.clickers, sent, "sent"),
        (clicks, "Clicks", totals.clickers, numbers.measured_clicks, "measured"),
        (clicks, "Clicked without loading pictures", totals.clicked_unseen, sent, "sent"),
        (True, "Unsubscribed", numbers.unsubscribed, sent, "sent"),
        (True, "Complained", numbers.complained, sent, "sent"),
    )
    return [_row(part, name, _PEOPLE, *rest) for is_on, name, *rest in lines if is_on]


def _states(numbers: Numbers) -> Rows:
    return [
        _row("Recipients", count.label, _PEOPLE, count.number, numbers.progress.planned, "planned")
        for count in numbers.progress.counts
    ]


def _requests(numbers: Numbers) -> Rows:
    part = "Not counted as people"
    machines, clicks = numbers.requested("open", "machine"), ("machine", "proxy")
    lines = (
        ("Opens by machines", machines),
        ("Clicks by machines", numbers.requested("click", *clicks)),
        ("Opens, not sure by whom", numbers.requested("open", "unknown")),
        ("Clicks, not sure by whom", numbers.requested("click", "unknown")),
    )
    return [_row(part, name, _REQUESTS, number) for name, number in lines]


def _links(numbers: Numbers) -> Rows:
    rows = []
    for link in numbers.links:
        name = (
            f"{link.label} ({link.target})" if link.label not in ("", link.target) else link.target
        )
        clickers = numbers.totals.clickers
        rows += [
            _row("Links", name, _PEOPLE, link.people, clickers, "people who clicked"),
            _row("Links", name, "clicks by people", link.clicks),
            _row("Links", name, "clicks by machines", link.by_machines),
            _row("Links", name, "clicks, not sure by whom", link.not_sure),
        ]
    return rows


def _over_time(chart: OverTime, *, hides: bool) -> Rows:
    if not chart.kinds:
        return []
    part = "Over time, all days" if chart.is_all else "Over time, first 48 hours"
    columns = [list(column) for column in zip(*(line.values for line in chart.lines), strict=True)]
    shown = zip(*(told(column) if hides else column for column in columns), strict=True)
    return [
        _row(part, line.label, label, value)
        for line, values in zip(chart.lines, shown, strict=True)
        for (_, _, label), value in zip(chart.kinds, values, strict=True)
    ]


def _row(part: str, name: str, counts: str, *numbers: object) -> list[str]:
    """A line: the number, and of which base it is a part, if of any."""
    number, of, base = (*numbers, "", "")[:3]
    return [part, name, counts, str(number), str(of), str(base)]
