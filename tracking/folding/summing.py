"""What one recipient's judged requests add up to. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import NamedTuple

CLASSES = ("person", "proxy", "machine", "unknown")
_NONE = dict.fromkeys(CLASSES, 0)


class Key(NamedTuple):
    """A recipient within its account."""

    campaign_id: int
    contact_id: int


class First(NamedTuple):
    """A person's first open, first click of all (number 0), or first click of one link."""

    campaign_id: int
    kind: str
    number: int
    at: datetime

    def place(self) -> tuple[int, str, int, datetime]:
        """Where it is counted: by the hour."""
        return self.campaign_id, self.kind, self.number, hour_of(self.at)


class Presence(NamedTuple):
    """Which kinds of requests there are of one person: all that totals read of them."""

    opened: bool = False
    pressed: bool = False
    proxy: bool = False
    unknown: bool = False
    machine: bool = False


@dataclass(slots=True)
class Sums:
    """Opens and clicks per class, the first by a person, and clicks per link and class."""

    opens: dict[str, int] = field(default_factory=_NONE.copy)
    clicks: dict[str, int] = field(default_factory=_NONE.copy)
    opened_first_at: datetime | None = None
    clicked_first_at: datetime | None = None
    links: dict[tuple[int, str], tuple[datetime, int]] = field(default_factory=dict)

    def add(self, kind: str, number: int, judged_class: str, at: datetime, count: int = 1) -> None:
        """Count requests of one kind, link and class, the first of them at `at`."""
        is_person = judged_class == "person"
        if kind == "open":
            self.opens[judged_class] += count
            if is_person:
                self.opened_first_at = _earlier(self.opened_first_at, at)
            return
        self.clicks[judged_class] += count
        if is_person:
            self.clicked_first_at = _earlier(self.clicked_first_at, at)
        first, before = self.links.get((number, judged_class), (at, 0))
        self.links[number, judged_class] = (min(first, at), before + count)

    def firsts(self, campaign_id: int) -> Iterator[First]:
        """The first times of this person."""
        if self.opened_first_at:
            yield First(campaign_id, "open", 0, self.opened_first_at)
        if self.clicked_first_at:
            yield First(campaign_id, "click", 0, self.clicked_first_at)
        for (number, judged_class), (at, _) in self.links.items():
            if judged_class == "person":
                yield First(campaign_id, "click", number, at)

    def presence(self) -> Presence:
        """Which kinds of requests there are."""
        opens = self.opens
        return Presence(
            opens["person"] > 0,
            self.clicks["person"] > 0,
            opens["proxy"] > 0,
            opens["unknown"] > 0,
            opens["machine"] > 0,
        )

    def flags(self) -> dict[str, int]:
        """How this person counts in the campaign's totals: 0 or 1 each."""
        return flags_of(self.presence())


@cache
def flags_of(found: Presence) -> dict[str, int]:
    """How who is present so counts in the campaign's totals: 0 or 1 each."""
    proxy = not found.opened and found.proxy
    unsure = not found.opened and not proxy and found.unknown
    machine = not found.opened and not proxy and not unsure and found.machine
    return {
        "viewers": int(found.opened),
        "clickers": int(found.pressed),
        "clicked_unseen": int(found.pressed and not found.opened),
        "proxy_only": int(proxy),
        "unsure_only": int(unsure),
        "machine_only": int(machine),
    }


@cache
def traces_of(found: Presence) -> dict[str, int]:
    """How they count as well while their mail has errors or an unknown outcome."""
    opened = found.opened or found.proxy
    return {"opened_unsent": int(opened), "clicked_unsent": int(found.pressed)}


def sum_up(
    events: Iterable[tuple[str, int, str, datetime]],
    *,
    settled: Iterable[tuple[str, int, str, datetime, int]] = (),
) -> Sums:
    """Sum one recipient's events, in any order: kind, link, class, time.

    `settled` are kind, link, class, first time and number of events that are deleted by now.
    """
    sums = Sums()
    for kind, number, judged_class, at, count in settled:
        sums.add(kind, number, judged_class, at, count)
    for kind, number, judged_class, at in events:
        sums.add(kind, number, judged_class, at)
    return sums


def hour_of(at: datetime) -> datetime:
    """The hour a time lies in, of UTC; in UTC it comes from the database."""
    there = at if at.tzinfo is UTC else at.astimezone(UTC)
    return there.replace(minute=0, second=0, microsecond=0)


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
