"""What to do next: one step for each thing that keeps mail from the inbox, worst first. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from campaigns.models import Brake
from marketing.models import SenderDomain
from tracking.deliverability.rates import Level, Measure, Rate

_MANY: Final = 3  # refusals of one kind among those shown
_POLICY: Final = re.compile(r"\b5\.7\.\d+\b")
_RATES: Final = {
    Measure.COMPLAINTS: "People press “spam” when they do not remember you. Ask for consent first, "
    "send to fewer and more often, and keep the way out easy to find.",
    Measure.BOUNCES: "Old lists bounce. Leave out who has not opened for a year, and import only "
    "addresses that people typed themselves.",
}


@dataclass(frozen=True)
class Step:
    """A sentence, and the page where it is done."""

    text: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class Seen:
    """What the page found, as far as advice depends on it. `senders` are domains in use."""

    account_id: int
    brakes: Sequence[Brake]
    rates: Sequence[Rate]
    domains: Sequence[SenderDomain]
    senders: Sequence[str]
    replies: Sequence[str]  # of the last refusals
    slowed: Sequence[str]
    is_new: bool


def steps_of(seen: Seen) -> list[Step]:
    """In the order in which to do them; empty where nothing is wrong."""
    return [*_held(seen), *_too_high(seen), *_domains(seen), *_refused(seen), *_slow(seen)]


def _held(seen: Seen) -> Iterator[Step]:
    if seen.brakes:
        yield Step(
            "Mend what is named below, then ask whoever runs this server to let your account go on "
            "and say what you changed."
        )


def _too_high(seen: Seen) -> Iterator[Step]:
    for measure, text in _RATES.items():
        if any(
            rate.measure is measure and rate.level in {Level.WARN, Level.STOP}
            for rate in seen.rates
        ):
            yield Step(text, _url("consent:suppression", seen), "See who is suppressed")


def _domains(seen: Seen) -> Iterator[Step]:
    known = {domain.domain: domain for domain in seen.domains}
    for name in seen.senders:
        domain = known.get(name)
        if domain is None:
            text = f"Add {name}, so that your mail carries its own signature."
            yield Step(text, _url("marketing:settings_domains", seen), "Add the domain")
        elif domain.verified_at is None:
            text = f"Publish the records of {name} that are missing."
            yield Step(text, _url("marketing:settings_domain", seen, domain.pk), "See the records")
        elif domain.checked_at and not domain.dmarc_policy:
            text = f"Publish a DMARC record for {name}: large providers ask for one."
            yield Step(text, _url("marketing:settings_domain", seen, domain.pk), "See the record")


def _refused(seen: Seen) -> Iterator[Step]:
    if sum(bool(_POLICY.search(reply)) for reply in seen.replies) >= _MANY:
        yield Step(
            "Several servers refuse your mail by their policy (5.7.x), not the addresses: read "
            "their words below. Often a signature, a DMARC policy or a blocking list is behind it."
        )


def _slow(seen: Seen) -> Iterator[Step]:
    if seen.slowed:
        named = ", ".join(seen.slowed[:3])
        yield Step(f"Nothing: {named} asked us to be slow, and we are. It speeds up by itself.")
    if seen.is_new:
        yield Step(
            "Your account is new. Begin with the people who know you best: each clean day raises "
            "what you may send.",
            _url("campaigns:settings_sending", seen),
            "See the numbers",
        )


def _url(name: str, seen: Seen, *ids: Any) -> str:
    return reverse(name, args=[seen.account_id, *ids])
