"""Lines of a comparison: views and clicks of the people measured, leaving of the people sent to.

The same base in every line, or the lines could not be compared. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from campaigns.launching.showing.moments import day, share
from campaigns.measuring.small_groups import FEWER, is_small, told
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
    said = [[FEWER if hides and is_small(n) else n for n in _numbers(one)] for one in found]
    return [
        _line(one, one.name, numbers, when=day(one.at, zone) if one.at else "")
        for one, numbers in zip(found, said, strict=True)
    ]


def country_lines(found: list[Compared], *, hides: bool) -> list[Line]:
    """Groups by country; nobody's country is guessed."""
    return _groups(found, lambda code: country_name(code) if code else "No country known", hides)


def basis_lines(found: list[Compared], *, hides: bool) -> list[Line]:
    """Groups by what the law let us write by."""
    return _groups(found, label, hides)


def _groups(found: list[Compared], name_of: Callable[[str], str], hides: bool) -> list[Line]:
    """Groups are parts of the campaign's numbers, which are known."""
    columns = zip(*map(_numbers, found), strict=True)
    said = zip(*(told(column) if hides else column for column in columns), strict=True)
    return [
        _line(one, name_of(one.key), list(numbers))
        for one, numbers in zip(found, said, strict=True)
    ]


def _numbers(one: Compared) -> tuple[int, int, int]:
    return one.viewers, one.proxy_only, one.clickers


def _line(one: Compared, name: str, numbers: Sequence[int | str], when: str = "") -> Line:
    measured = one.measured_opens if one.measured_opens is not None else one.measured_clicks
    viewers, proxy_only, clickers = numbers
    return Line(
        key=one.key,
        name=name,
        when=when,
        sent=one.sent,
        measured=NOT_MEASURED if measured is None else f"{measured:,}",
        views=_said(viewers, one.measured_opens),
        proxies=_said(proxy_only, one.measured_opens),
        clicks=_said(clickers, one.measured_clicks),
        left=_said(one.left, one.sent),
    )


def _said(number: int | str, base: int | None) -> str:
    """ "611 (39.1%)"; without a rate where the base is too small for one."""
    if base is None:
        return NOT_MEASURED
    if isinstance(number, str):
        return number
    rate = share(number, base)
    return f"{number:,} ({rate})" if rate else f"{number:,}"
