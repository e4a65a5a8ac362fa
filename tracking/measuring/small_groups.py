"""Small-group mode: nobody's own opens and clicks, and no count of people under five.

One place decides for pages and files: figures and rows pass through here before they are shown.
Numbers of requests by machines stay, they tell of no person; states of delivery stay, they are no
measurement.
"""

from dataclasses import replace
from typing import Final

from django.urls import reverse

from campaigns.measuring.small_groups import FEWER, FEWEST, HIDDEN, is_small, told
from campaigns.models import Campaign
from tracking.measuring.showing import rules_shown
from tracking.statistics.figures import (
    Card,
    Counted,
    Figures,
    Link,
    Range,
    Step,
    figures_of,
)
from tracking.statistics.filters import Filters
from tracking.statistics.numbers import Numbers
from tracking.statistics.over_time import Line, OverTime
from tracking.statistics.wording import Line as Recipient

PERSONS_HIDDEN: Final = "Small groups stay hidden: nobody’s own opens and clicks are shown."
_MEASURED_NAMES: Final = (
    "Views",
    "Clicks",
    "Privacy proxy only",
    "Clicked without loading pictures",
)
_MEASURED: Final = ("Views", "Clicks", "Opened", "Clicked")


def without_persons(filters: Filters) -> Filters:
    """The filters that tell of no single person's opens and clicks."""
    keep = "measured"
    return replace(
        filters,
        opened=filters.opened if filters.opened == keep else "",
        clicked=filters.clicked if filters.clicked == keep else "",
        link=0,
    )


def figures_shown(campaign: Campaign, numbers: Numbers, *, hides: bool) -> Figures:
    """The figures of a campaign as members may see them; inside `use_account`."""
    people = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    figures = figures_of(campaign, numbers, url_of=lambda wanted: people + wanted.url())
    version = rules_shown(campaign.account_id, figures.rules_version)
    figures = replace(figures, rules_version=version)
    return figures_of_groups(figures) if hides else figures


def line_of_group(line: Recipient) -> Recipient:
    """A recipient's line without what the person opened and clicked."""
    return replace(line, opened=HIDDEN, clicked=HIDDEN, clicked_at="")


def figures_of_groups(figures: Figures) -> Figures:
    """The page's figures without small counts, and without ways to single people."""
    return replace(
        figures,
        cards=tuple(map(_card, figures.cards)),
        funnel=tuple(map(_step, figures.funnel)),
        range=_range(figures.range) if figures.range else None,
        links=tuple(map(_link, figures.links)),
        clickers=FEWER if is_small(figures.clickers) else figures.clickers,
    )


def charts_of_groups(charts: tuple[OverTime, OverTime]) -> tuple[OverTime, OverTime]:
    """The first hours and all days, without small counts."""
    return _chart(charts[0]), _chart(charts[1])


def _chart(chart: OverTime) -> OverTime:
    """Small counts become nothing in drawing and table; a sentence says so."""
    if not chart.kinds:
        return chart
    columns = zip(*(line.values for line in chart.lines), strict=True)
    shown = zip(*(told(column) for column in columns), strict=True)
    return replace(
        chart,
        lines=tuple(
            Line(line.label, tuple(n if isinstance(n, int) else 0 for n in values))
            for line, values in zip(chart.lines, shown, strict=True)
        ),
        later=f"Counts under {FEWEST}, and what would give them away, are not drawn.",
    )


def cells_of_group(row: list[str]) -> list[str]:
    """A line of the file of numbers: part, name, what is counted, number, base, its name."""
    part, name, counts, number, of, base, *_ = row
    is_measured = part == "Links" or name in _MEASURED_NAMES
    if not is_measured or "machines" in counts or not number.isdecimal():
        return row
    if is_small(int(number)):
        return [part, name, counts, FEWER, "", ""]
    return [part, name, counts, number, FEWER, base] if of and is_small(int(of)) else row


def _card(card: Card) -> Card:
    if card.title not in _MEASURED:
        return card
    if is_small(card.number):
        return replace(card, number=FEWER, rates=(), url="")
    return replace(card, url="")


def _step(step: Step) -> Step:
    if step.label not in _MEASURED:
        return step
    if is_small(step.number):
        sentence = f"{step.label}: {FEWER}"
        return replace(step, number=FEWER, rate="", bar=(), sentence=sentence, url="")
    return replace(step, url="")


def _counted(counted: Counted) -> Counted:
    return replace(counted, count=FEWER if is_small(counted.count) else counted.count, url="")


def _range(shown: Range) -> Range:
    """One small part gives the others away by the sum: then the whole card says less."""
    numbers = [key.count for key in shown.keys] + [shown.unseen.count]
    if not any(map(is_small, numbers)):
        return replace(shown, keys=tuple(map(_counted, shown.keys)), unseen=_counted(shown.unseen))
    return replace(
        shown,
        headline=FEWER if is_small(shown.keys[0].count) else f"{shown.keys[0].count:,}",
        sentence="One of the groups is small: its number is not shown, nor how the others add up.",
        bar=(),
        bar_sentence="Not drawn: one of the groups is small.",
        keys=(),
        unseen=replace(_counted(shown.unseen), count=0),
    )


def _link(link: Link) -> Link:
    if not is_small(link.people):
        return replace(link, url="")
    return replace(link, people=FEWER, rate="", clicks=FEWER, url="")
