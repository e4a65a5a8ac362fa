"""Over time: when people first opened and clicked, and loads by privacy proxies, for a line chart.

Opened and clicked count people, each at their first time, so that all days add up to Views and
Clicks. A proxy's loads prove nobody; they are requests, drawn dashed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from campaigns.models import Campaign

STEP: Final = timedelta(hours=2)
POINTS: Final = 24  # two hours each: the first 48 hours
MOST_DAYS: Final = 120
KINDS: Final = (
    ("opened", "People who opened"),
    ("clicked", "People who clicked"),
    ("proxy", "Loads by privacy proxies"),
)
_COLOURS: Final = {"opened": "opened", "clicked": "clicked", "proxy": "queued"}

_HOURS = """
SELECT CASE kind WHEN 'open' THEN 'opened' ELSE 'clicked' END, hour, people FROM first_time
WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND number = 0 AND people > 0
UNION ALL
SELECT 'proxy', hour, sum(events)::bigint FROM counter
WHERE account_id = %(account)s AND campaign_id = %(campaign)s
  AND kind = 'open' AND judged_class = 'proxy' GROUP BY 2"""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: from when, and a number per series."""

    label: str
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OverTime:
    """The chart and its table; `kinds` are (kind, colour, label) of the series."""

    is_all: bool
    kinds: tuple[tuple[str, str, str], ...]
    lines: tuple[Line, ...]
    labels: tuple[str, ...]
    days: dict[str, str]
    later: str

    @property
    def data(self) -> dict[str, Any]:
        """What frontend/js/charts.js draws."""
        return {
            "labels": list(self.labels),
            "days": self.days,
            "series": [
                {
                    "label": label,
                    "kind": colour,
                    "values": [line.values[i] for line in self.lines],
                    "fill": kind == "opened",
                    "dashed": kind == "proxy",
                }
                for i, (kind, colour, label) in enumerate(self.kinds)
            ],
        }

    @property
    def data_id(self) -> str:
        """Where the page keeps the data: outside the swapped card, htmx drops script elements."""
        return "over-time-all" if self.is_all else "over-time-first"

    @property
    def keys(self) -> list[dict[str, str]]:
        """Legend."""
        return [{"kind": colour, "label": label} for _, colour, label in self.kinds]

    @property
    def sentence(self) -> str:
        """What the chart says to who cannot see it."""
        if not any(any(line.values) for line in self.lines):
            return "Nothing was recorded in this time."
        said = []
        for i, (_, _, label) in enumerate(self.kinds):
            total = sum(line.values[i] for line in self.lines)
            top = max(self.lines, key=lambda line: line.values[i])
            peak = f", most of them from {top.label}: {top.values[i]:,}" if total else ""
            said.append(f"{label}: {total:,} in all{peak}.")
        return " ".join(said)


def over_times_of(campaign: Campaign, *, zone: str) -> tuple[OverTime, OverTime]:
    """The first 48 hours in steps of two, and all days; one statement."""
    local = ZoneInfo(zone)
    hours = [(kind, hour.astimezone(local), count) for kind, hour, count in _hours(campaign)]
    shown = {"opened": campaign.track_opens, "clicked": campaign.track_clicks}
    kinds = tuple(
        (kind, _COLOURS[kind], label)
        for kind, label in KINDS
        if shown.get(kind, campaign.track_opens)
    )
    since = campaign.first_sent_at or campaign.launched_at
    start = since.astimezone(local) if since else min((hour for _, hour, _ in hours), default=None)
    if start is None:
        return OverTime(False, kinds, (), (), {}, ""), OverTime(True, kinds, (), (), {}, "")
    return _first_hours(kinds, hours, start), _all_days(kinds, hours, start)


Hours = list[tuple[str, datetime, int]]


def _first_hours(
    kinds: tuple[tuple[str, str, str], ...], hours: Hours, start: datetime
) -> OverTime:
    start = start.replace(minute=0, second=0, microsecond=0)
    instants = [start + STEP * step for step in range(POINTS)]
    sums = [dict.fromkeys((kind for kind, _, _ in kinds), 0) for _ in instants]
    later = 0
    for kind, hour, count in hours:
        step = max(0, int((hour - start) / STEP))
        if step < POINTS and kind in sums[step]:
            sums[step][kind] += count
        elif kind == "opened":
            later += count
    people = "1 person" if later == 1 else f"{later:,} people"
    return OverTime(
        is_all=False,
        kinds=kinds,
        lines=_lines([f"{at.day} {at:%b, %H:%M}" for at in instants], sums),
        labels=tuple(f"{at:%H:%M}" for at in instants),
        days={
            str(i): f"{at.day} {at:%b}"
            for i, at in enumerate(instants)
            # every second point has a label
            if i == 0 or (i % 2 == 0 and at.date() != instants[i - 2].date())
        },
        later=f"{people} opened it later: see all days." if later else "",
    )


def _all_days(kinds: tuple[tuple[str, str, str], ...], hours: Hours, start: datetime) -> OverTime:
    first = min([start.date(), *(hour.date() for _, hour, _ in hours)])
    last = max([start.date(), *(hour.date() for _, hour, _ in hours)])
    length = min((last - first).days + 1, MOST_DAYS)
    dates = [first + timedelta(days=day) for day in range(length)]
    sums = [dict.fromkeys((kind for kind, _, _ in kinds), 0) for _ in dates]
    for kind, hour, count in hours:
        place = sums[min((hour.date() - first).days, length - 1)]
        if kind in place:
            place[kind] += count
    labels = [f"{on.day} {on:%b}" for on in dates]
    if (last - first).days >= MOST_DAYS:
        labels[-1] += " and later"
    return OverTime(True, kinds, _lines(labels, sums), tuple(labels), {}, "")


def _lines(labels: list[str], sums: list[dict[str, int]]) -> tuple[Line, ...]:
    return tuple(
        Line(label, tuple(counts.values())) for label, counts in zip(labels, sums, strict=True)
    )


def _hours(campaign: Campaign) -> list[tuple[str, datetime, int]]:
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, {"account": campaign.account_id, "campaign": campaign.pk})
        return list(cursor.fetchall())
