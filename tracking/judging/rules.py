"""Judges the requests of one recipient: person, machine, privacy proxy, unknown.

Pure. Weights are proposals to be calibrated (law and protocol 4.2); machine at 4 or more, unknown
at 2 or 3. A rule that is certain decides alone. Nothing is deleted: every event keeps its class,
its reasons and the version of the rules.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tracking.judging.tables import VERSION, Networks, agent_kind, network_of

RULES_VERSION = VERSION
CERTAIN = 100
MACHINE_FROM = 4
UNKNOWN_FROM = 2

BURST = timedelta(seconds=5)
LATER = timedelta(seconds=30)
CROWD = 5
CROWD_TIME = timedelta(seconds=60)
CROWD_REASON = "one reader for many people of one domain"
PROXIES = {"apple_proxy", "apple_relay", "google_proxy", "yahoo_proxy"}


@dataclass(frozen=True, slots=True)
class Seen:
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
    """The class of one request, with the reasons in the order they were found."""

    judged_class: str = "person"
    reasons: list[str] = field(default_factory=list)
    weight: int = 0

    def add(self, weight: int, reason: str) -> None:
        """Count one reason for a machine (or, below zero, against)."""
        self.weight += weight
        self.reasons.append(reason)


@dataclass(frozen=True, slots=True)
class Mail:
    """What is known about the mail: when the receiving server took it, how many links it has."""

    accepted_at: datetime | None
    links: int


Rule = Callable[[Seen, Sequence[Seen], Mail, str], tuple[int, str] | None]


def judge(events: Sequence[Seen], mail: Mail, networks: Networks) -> list[Judgement]:
    """Judge all requests of one recipient for one mail, in the order given."""
    return [_judge_one(event, events, mail, networks) for event in events]


def _judge_one(event: Seen, events: Sequence[Seen], mail: Mail, networks: Networks) -> Judgement:
    judgement = Judgement()
    network = networks.kind_of(event.ip)
    agent = agent_kind(event.agent)
    if event.kind == "open" and (agent in PROXIES or network in PROXIES):
        return Judgement("proxy", [agent if agent in PROXIES else network])
    if agent == "machine":
        judgement.add(CERTAIN, "agent names a machine")
    if network == "scanner_list":
        judgement.add(CERTAIN, "network of a scanner")
    for rule in RULES:
        found = rule(event, events, mail, network)
        if found is not None:
            judgement.add(*found)
    if judgement.weight >= MACHINE_FROM:
        judgement.judged_class = "machine"
    elif judgement.weight >= UNKNOWN_FROM:
        judgement.judged_class = "unknown"
    return judgement


def partial_or_prefetch(
    event: Seen, events: Sequence[Seen], mail: Mail, network: str
) -> tuple[int, str] | None:
    """A part of a link's page, or a declared prefetch, is no person's press."""
    if event.kind == "click" and "range" in event.signals:
        return CERTAIN, "asked for a part of the page"
    return (CERTAIN, "declared prefetch") if "prefetch" in event.signals else None


def delay(event: Seen, events: Sequence[Seen], mail: Mail, network: str) -> tuple[int, str] | None:
    """How soon after the receiving server took the mail; not for our own machines (demo)."""
    if mail.accepted_at is None or network == "own":
        return None
    seconds = (event.at - mail.accepted_at).total_seconds()
    if seconds < 0:
        return CERTAIN, "before the server took the mail"
    for limit, weight in ((2, 4), (10, 3), (60, 1)):
        if seconds < limit:
            return weight, f"within {limit} seconds of delivery"
    return None


def many_links_at_once(
    event: Seen, events: Sequence[Seen], mail: Mail, network: str
) -> tuple[int, str] | None:
    """Three links, or most of them (two at least), of one mail within five seconds."""
    if event.kind != "click":
        return None
    near = [
        other for other in events if other.kind == "click" and abs(other.at - event.at) <= BURST
    ]
    for first in near:
        window = {o.number for o in near if timedelta(0) <= o.at - first.at <= BURST}
        most = len(window) >= 2 and len(window) > 0.6 * mail.links
        if (len(window) >= 3 or most) and first.at <= event.at <= first.at + BURST:
            return 4, "many links at once"
    return None


def data_centre(
    event: Seen, events: Sequence[Seen], mail: Mail, network: str
) -> tuple[int, str] | None:
    """People seldom read mail in a data centre."""
    return (2, "network of a data centre") if network == "data_centre" else None


def bare_browser(
    event: Seen, events: Sequence[Seen], mail: Mail, network: str
) -> tuple[int, str] | None:
    """A browser's name without the headers such a browser sends."""
    modern = event.agent.startswith("Mozilla/5.0 (")
    if event.kind == "click" and modern and not event.signals & {"lang", "fetch"}:
        return 1, "no headers of a browser"
    return None


def crowd(event: Seen, events: Sequence[Seen], mail: Mail, network: str) -> tuple[int, str] | None:
    """One reader for a whole company within a minute is its gateway."""
    return (3, CROWD_REASON) if event.crowd >= CROWD else None


def later_from_elsewhere(
    event: Seen, events: Sequence[Seen], mail: Mail, network: str
) -> tuple[int, str] | None:
    """The same link again, later and from another network: the person after the scanner."""
    if event.kind != "click":
        return None
    for other in events:
        if other.kind == "click" and other.number == event.number:
            apart = network_of(other.ip) != network_of(event.ip)
            if apart and event.at - other.at > LATER:
                return -3, "again, later, from another network"
    return None


RULES: tuple[Rule, ...] = (
    partial_or_prefetch,
    delay,
    many_links_at_once,
    data_centre,
    bare_browser,
    crowd,
    later_from_elsewhere,
)
