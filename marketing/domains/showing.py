"""What the page of a domain shows: each record with its state in words, and what to do next."""

from dataclasses import dataclass
from typing import Any, Final

from mailwire.domains.published import State, Wanted
from mailwire.domains.spf import LOOKUPS
from marketing.domains.keys import keys_of
from marketing.domains.wanted import OWNERSHIP, RETURN_PATH, wanted_of
from marketing.models import SenderDomain

_LABELS: Final = {
    State.RIGHT: ("verified", "Found"),
    State.MISSING: ("pending", "Not there yet"),
    State.WRONG: ("errors", "Something else is there"),
    State.UNCHECKED: ("unknown", "Could not be checked"),
}
_PURPOSES: Final = {
    OWNERSHIP: "Shows that the domain is yours",
    RETURN_PATH: "Brings bounces back to us, in your name",
}
_SPF: Final = {
    "missing": "There is no SPF record at the Return-Path name. It comes with the CNAME above.",
    "several": "There are several SPF records: receivers ignore them all. Keep one.",
    "too_many_lookups": f"SPF needs {{lookups}} DNS look-ups; receivers stop at {LOOKUPS}.",
    "too_many_void": "SPF includes names that do not exist.",
    "loop": "SPF includes itself.",
}


@dataclass(frozen=True)
class Row:
    """One record to publish."""

    wanted: Wanted
    purpose: str
    state: str  # of the badge
    label: str
    found: list[str]
    unchecked: bool


def rows_of(domain: SenderDomain) -> list[Row]:
    """The records in the order of the page; before the first look none has a state."""
    return [_row(wanted, domain.found.get(wanted.purpose)) for wanted in wanted_of(domain)]


def _row(wanted: Wanted, told: dict[str, Any] | None) -> Row:
    state, label = _LABELS[State(told["state"])] if told else ("none", "Not looked for yet")
    return Row(
        wanted=wanted,
        purpose=_PURPOSES.get(wanted.purpose, "Signs your mail (DKIM)"),
        state=state,
        label=label,
        found=[] if told is None or told["state"] != State.WRONG else told["found"],
        unchecked=bool(told and told["unchecked"]),
    )


def notes_of(domain: SenderDomain) -> list[str]:
    """What else was found: SPF, DMARC and whether the names belong together."""
    if domain.checked_at is None:
        return []
    return [*_of_spf(domain), *_of_dmarc(domain)]


def _of_spf(domain: SenderDomain) -> list[str]:
    faults = [fault for fault in domain.spf_faults.split() if fault in _SPF]
    return [_SPF[fault].format(lookups=domain.spf_lookups) for fault in faults]


def _of_dmarc(domain: SenderDomain) -> list[str]:
    if not domain.dmarc_policy:
        return [
            f"Nobody publishes DMARC for this domain, and large providers ask for it. Publish TXT"
            f" “v=DMARC1; p=none” at _dmarc.{domain.domain}."
        ]
    said = f"DMARC is there: policy “{domain.dmarc_policy}”, published at {domain.dmarc_at}."
    if domain.aligned is False:
        said += " The Return-Path does not belong to it: only the DKIM signature counts."
    return [said]


def is_waiting(domain: SenderDomain) -> bool:
    """Somebody asked for a look that has not been taken yet."""
    asked = domain.asked_at
    return asked is not None and (domain.checked_at is None or domain.checked_at < asked)


def key_lines(domain: SenderDomain) -> list[str]:
    """Each pair of keys and what it does now, in words."""
    return [_key_line(pair) for pair in keys_of(domain)]


def _key_line(pair: Any) -> str:
    name = f"Keys {pair.selectors[0]} and {pair.selectors[1]}"
    if pair.retired_at:
        return f"{name}: replaced on {pair.retired_at:%-d %b %Y}, keep them published for a week."
    if pair.active_at:
        return f"{name}: sign your mail since {pair.active_at:%-d %b %Y}."
    if pair.seen_at:
        return f"{name}: found on {pair.seen_at:%-d %b %Y}, take over after a day."
    return f"{name}: wait for their records."
