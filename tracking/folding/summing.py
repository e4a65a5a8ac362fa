"""What one recipient's judged requests add up to. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

CLASSES = ("person", "proxy", "machine", "unknown")


class Key(NamedTuple):
    """A recipient within its account."""

    campaign_id: int
    contact_id: int


@dataclass(frozen=True, slots=True)
class Stored:
    """A tracking event as read back; `counted_class` is what it was counted as, "" if not yet."""

    at: datetime
    id: int
    campaign_id: int
    contact_id: int
    kind: str
    number: int
    ip: str
    agent: str
    signals: str
    counted_class: str
    crowd: int

    @property
    def key(self) -> Key:
        """Whose mail it was."""
        return Key(self.campaign_id, self.contact_id)


class First(NamedTuple):
    """A person's first open, first click of all (number 0), or first click of one link."""

    campaign_id: int
    kind: str
    number: int
    at: datetime

    def place(self) -> tuple[int, str, int, datetime]:
        """Where it is counted: by the hour."""
        hour = self.at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
        return self.campaign_id, self.kind, self.number, hour


@dataclass(slots=True)
class Sums:
    """Opens and clicks per class, the first by a person, and clicks per link and class."""

    opens: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    clicks: dict[str, int] = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
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

    def flags(self) -> dict[str, int]:
        """How this person counts in the campaign's totals: 0 or 1 each."""
        seen, pressed = self.opens["person"] > 0, self.clicks["person"] > 0
        proxy = not seen and self.opens["proxy"] > 0
        unsure = not seen and not proxy and self.opens["unknown"] > 0
        machine = not seen and not proxy and not unsure and self.opens["machine"] > 0
        return {
            "viewers": int(seen),
            "clickers": int(pressed),
            "clicked_unseen": int(pressed and not seen),
            "proxy_only": int(proxy),
            "unsure_only": int(unsure),
            "machine_only": int(machine),
        }

    def traces(self) -> dict[str, int]:
        """How this person counts as well while their mail has errors or an unknown outcome."""
        opened = self.opens["person"] > 0 or self.opens["proxy"] > 0
        return {"opened_unsent": int(opened), "clicked_unsent": int(self.clicks["person"] > 0)}


def sum_up(
    events: Iterable[tuple[Stored, str]],
    *,
    settled: Iterable[tuple[str, int, str, datetime, int]] = (),
) -> Sums:
    """Sum one recipient's events with their classes, in any order.

    `settled` are kind, link, class, first time and number of events that are deleted by now.
    """
    sums = Sums()
    for kind, number, judged_class, at, count in settled:
        sums.add(kind, number, judged_class, at, count)
    for event, judged_class in events:
        sums.add(event.kind, event.number, judged_class, event.at)
    return sums


def _earlier(one: datetime | None, other: datetime) -> datetime:
    return other if one is None else min(one, other)
