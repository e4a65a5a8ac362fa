"""Judges the requests of one recipient: person, machine, privacy proxy, unknown.

Pure. Weights and limits are data (tables); machine and unknown begin at the weights named there. A
rule that is certain decides alone. Nothing is deleted: every event keeps its class, its reasons
and the version of the rules.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import NamedTuple

from tracking.judging.tables import Networks, agent_kind, network_of, tables

_RULES = tables().rules
RULES_VERSION = tables().version
CERTAIN = int(_RULES["certain"])
CROWD = int(_RULES["crowd"]["people"])
CROWD_TIME = timedelta(seconds=_RULES["crowd"]["seconds"])
CROWD_REASON = "one reader for many people of one domain"
PROXIES = {"apple_proxy", "apple_relay", "google_proxy", "yahoo_proxy"}
_STEPS = tuple((limit, weight) for limit, weight in _RULES["delay"]["steps"])
_LATER = _RULES["later_from_elsewhere"]
# Fewer presses than this are never many links at once.
_FEWEST = min(2, int(_RULES["many_links"]["links"]))


class Seen(NamedTuple):
    """One request as it was stored."""

    at: datetime
    kind: str  # open, click
    number: int
    ip: str
    agent: str
    signals: frozenset[str]
    # Different recipients of the same domain that the same network and agent asked for within
    # CROWD_TIME around this request; counted by the caller, who sees more than one recipient.
    crowd: int = 1


@dataclass(slots=True)
class Judgement:
    """The class of one request, with the reasons in the order they were found.

    Requests that are alike share one: it is read, never changed.
    """

    judged_class: str = "person"
    reasons: list[str] = field(default_factory=list)
    weight: int = 0

    def told(self) -> str:
        """The reasons as they are stored."""
        return "; ".join(self.reasons)[:300]

    def add(self, weight: int, reason: str) -> None:
        """Count one reason for a machine (or, below zero, against)."""
        self.weight += weight
        self.reasons.append(reason)


class Mail(NamedTuple):
    """What is known about the mail: when the receiving server took it, how many links it has."""

    accepted_at: datetime | None
    links: int


class Traits(NamedTuple):
    """All that rules read of a request; most requests are alike, so each kind is judged once."""

    kind: str
    agent: str  # the kind it names
    is_modern: bool  # names a browser of today
    signals: frozenset[str]
    network: str  # the kind of it
    too_early: bool  # before the receiving server took the mail
    step: int | None  # of the delay, the first whose limit it is within
    in_burst: bool
    in_crowd: bool
    again: bool  # the same link as before, later, from another network


class Around(NamedTuple):
    """What all clicks of one mail say together, found once: events may be thousands."""

    bursts: tuple[tuple[datetime, datetime], ...]  # stretches with many links at once, in order
    # Per link the first press from each network, earliest first; two are enough.
    firsts: dict[int, tuple[tuple[datetime, str], ...]]

    def is_in_burst(self, at: datetime) -> bool:
        """Within a stretch; those that overlap were made one."""
        place = bisect_right(self.bursts, at, key=lambda burst: burst[0]) - 1
        return place >= 0 and at <= self.bursts[place][1]

    def is_again(self, event: Seen) -> bool:
        """Whether another network pressed the link well before."""
        own, later = network_of(event.ip), timedelta(seconds=_LATER["seconds"])
        firsts = self.firsts.get(event.number, ())
        return any(other != own and event.at - at > later for at, other in firsts)


_ALONE = Around((), {})
Rule = Callable[[Traits], tuple[int, str] | None]


def judge(events: Sequence[Seen], mail: Mail, networks: Networks) -> list[Judgement]:
    """Judge all requests of one recipient for one mail, in the order given."""
    clicks = sorted([e for e in events if e.kind == "click"], key=attrgetter("at"))
    around = _ALONE
    if len(clicks) >= _FEWEST:
        around = Around(_bursts(clicks, mail.links), _firsts(clicks))
    return [_conclusion(_traits(event, mail, around, networks)) for event in events]


@lru_cache(maxsize=1024)
def signals_in(words: str) -> frozenset[str]:
    """The signals of a request as they are stored: short words with blanks between."""
    return frozenset(words.split())


def _traits(event: Seen, mail: Mail, around: Around, networks: Networks) -> Traits:
    network = networks.kind_of(event.ip)
    too_early, step = False, None
    if mail.accepted_at is not None and network != "own":  # our own machines: the demo
        seconds = (event.at - mail.accepted_at).total_seconds()
        too_early = seconds < 0
        step = next((n for n, (limit, _) in enumerate(_STEPS) if seconds < limit), None)
    pressed = event.kind == "click" and around is not _ALONE
    return Traits(
        event.kind,
        agent_kind(event.agent),
        event.agent.startswith("Mozilla/5.0 ("),
        event.signals,
        network,
        too_early,
        step,
        pressed and around.is_in_burst(event.at),
        event.crowd >= CROWD,
        pressed and around.is_again(event),
    )


@lru_cache(maxsize=4096)
def _conclusion(traits: Traits) -> Judgement:
    judgement = Judgement()
    agent, network = traits.agent, traits.network
    if traits.kind == "open" and (agent in PROXIES or network in PROXIES):
        return Judgement("proxy", [agent if agent in PROXIES else network])
    if agent == "machine":
        judgement.add(CERTAIN, "agent names a machine")
    if network == "scanner_list":
        judgement.add(CERTAIN, "network of a scanner")
    for rule in RULES:
        found = rule(traits)
        if found is not None:
            judgement.add(*found)
    if judgement.weight >= _RULES["machine_from"]:
        judgement.judged_class = "machine"
    elif judgement.weight >= _RULES["unknown_from"]:
        judgement.judged_class = "unknown"
    return judgement


def partial_or_prefetch(traits: Traits) -> tuple[int, str] | None:
    """A part of a link's page, or a declared prefetch, is no person's press."""
    if traits.kind == "click" and "range" in traits.signals:
        return CERTAIN, "asked for a part of the page"
    return (CERTAIN, "declared prefetch") if "prefetch" in traits.signals else None


def delay(traits: Traits) -> tuple[int, str] | None:
    """How soon after the receiving server took the mail."""
    if traits.too_early:
        return CERTAIN, "before the server took the mail"
    if traits.step is None:
        return None
    limit, weight = _STEPS[traits.step]
    return weight, f"within {limit} seconds of delivery"


def many_links_at_once(traits: Traits) -> tuple[int, str] | None:
    """Three links, or most of them (two at least), of one mail within five seconds."""
    return (_RULES["many_links"]["weight"], "many links at once") if traits.in_burst else None


def data_centre(traits: Traits) -> tuple[int, str] | None:
    """People seldom read mail in a data centre."""
    if traits.network == "data_centre":
        return _RULES["data_centre"]["weight"], "network of a data centre"
    return None


def bare_browser(traits: Traits) -> tuple[int, str] | None:
    """A browser's name without the headers such a browser sends."""
    is_bare = traits.is_modern and not traits.signals & {"lang", "fetch"}
    if traits.kind == "click" and is_bare:
        return _RULES["bare_browser"]["weight"], "no headers of a browser"
    return None


def crowd(traits: Traits) -> tuple[int, str] | None:
    """One reader for a whole company within a minute is its gateway."""
    return (_RULES["crowd"]["weight"], CROWD_REASON) if traits.in_crowd else None


def later_from_elsewhere(traits: Traits) -> tuple[int, str] | None:
    """The same link again, later and from another network: the person after the scanner."""
    return (_LATER["weight"], "again, later, from another network") if traits.again else None


RULES: tuple[Rule, ...] = (
    partial_or_prefetch,
    delay,
    many_links_at_once,
    data_centre,
    bare_browser,
    crowd,
    later_from_elsewhere,
)


def _bursts(clicks: Sequence[Seen], links: int) -> tuple[tuple[datetime, datetime], ...]:
    """Stretches of time in which many links were pressed; `clicks` in the order of time."""
    rule = _RULES["many_links"]
    stretch = timedelta(seconds=rule["seconds"])
    times = [click.at for click in clicks]
    numbers: dict[int, int] = defaultdict(int)  # how often each link is in the stretch
    found: list[tuple[datetime, datetime]] = []
    end = 0
    for click in clicks:
        while end < len(clicks) and times[end] - click.at <= stretch:
            numbers[clicks[end].number] += 1
            end += 1
        pressed = len(numbers)
        if pressed >= rule["links"] or (pressed >= 2 and pressed > rule["more_than"] * links):
            if found and click.at <= found[-1][1]:
                found[-1] = (found[-1][0], times[end - 1])
            else:
                found.append((click.at, times[end - 1]))
        numbers[click.number] -= 1
        if not numbers[click.number]:
            del numbers[click.number]
    return tuple(found)


def _firsts(clicks: Sequence[Seen]) -> dict[int, tuple[tuple[datetime, str], ...]]:
    found: dict[int, dict[str, datetime]] = defaultdict(dict)
    for click in clicks:
        known = found[click.number]
        if len(known) < 2:
            known.setdefault(network_of(click.ip), click.at)
    return {
        number: tuple((at, net) for net, at in first.items()) for number, first in found.items()
    }
