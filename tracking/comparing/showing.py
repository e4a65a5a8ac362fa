"""Lines of a comparison: views and clicks of the people measured, leaving of the people sent to.

The same base in every line, or the lines could not be compared. Pure.
"""

from dataclasses import dataclass

from campaigns.launching.showing.moments import day, share
from campaigns.measuring.small_groups import FEWER, is_small
from campaigns.recipients.reasons import label
from marketing.rules.countries import country_name
from tracking.comparing.reading import Compared

NOT_MEASURED = "Not measured"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table; `key` is a campaign's id, or a group's code."""

    key: str
    name: str
    when: str
    sent: int
    measured: str
    views: str
    proxies: str
    clicks: str
    left: str


def campaign_lines(found: list[Compared], *, zone: str, hides: bool) -> list[Line]:
    """The last campaigns."""
    return [_line(one, one.name, hides, when=day(one.at, zone) if one.at else "") for one in found]


def country_lines(found: list[Compared], *, hides: bool) -> list[Line]:
    """Groups by country; nobody's country is guessed."""
    return [
        _line(one, country_name(one.key) if one.key else "No country known", hides) for one in found
    ]


def basis_lines(found: list[Compared], *, hides: bool) -> list[Line]:
    """Groups by what the law let us write by."""
    return [_line(one, label(one.key), hides) for one in found]


def _line(one: Compared, name: str, hides: bool, when: str = "") -> Line:
    measured = one.measured_opens if one.measured_opens is not None else one.measured_clicks
    return Line(
        key=one.key,
        name=name,
        when=when,
        sent=one.sent,
        measured=NOT_MEASURED if measured is None else f"{measured:,}",
        views=_said(one.viewers, one.measured_opens, hides),
        proxies=_said(one.proxy_only, one.measured_opens, hides),
        clicks=_said(one.clickers, one.measured_clicks, hides),
        left=_said(one.left, one.sent, hides=False),
    )


def _said(number: int, base: int | None, hides: bool) -> str:
    """ "611 (39.1%)"; without a rate where the base is too small for one."""
    if base is None:
        return NOT_MEASURED
    if hides and is_small(number):
        return FEWER
    rate = share(number, base)
    return f"{number:,} ({rate})" if rate else f"{number:,}"
