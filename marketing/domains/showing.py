"""What the page of a domain shows: each record with its state in words, and what to do next."""

from dataclasses import dataclass
from typing import Any, Final

from mailwire.domains.published import State, Wanted
from mailwire.domains.spf import LOOKUPS
from marketing.domains.keys import keys_of
from marketing.domains.wanted import (
    DMARC,
    OWNERSHIP,
    RETURN_PATH,
    SPF,
    return_path_of,
    wanted_dmarc,
    wanted_of,
)
from marketing.models import SenderDomain

_LABELS: Final = {
    State.RIGHT: ("verified", "Found"),
    State.MISSING: ("pending", "Not there yet"),
    State.WRONG: ("errors", "Something else is there"),
    State.UNCHECKED: ("unknown", "Could not be checked"),
}
_PURPOSES: Final = {
    OWNERSHIP: "Shows that the domain is yours",
    RETURN_PATH: "Brings bounces back to us, in your name, with our SPF record",
    DMARC: "Tells receivers what to do with mail that only claims to be yours (DMARC)",
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
    wanted = [*wanted_of(domain), wanted_dmarc(domain.domain)]
    return [_row(record, domain.found.get(record.purpose)) for record in wanted]


def _row(wanted: Wanted, told: dict[str, Any] | None) -> Row:
    state, label = _LABELS[State(told["state"])] if told else ("none", "Not looked for yet")
    return Row(
        wanted=wanted,
        purpose=_PURPOSES.get(wanted.purpose, "Signs your mail (DKIM)"),
        state=state,
        label=label,
        found=_found(wanted, told),
        unchecked=bool(told and told["unchecked"]),
    )


def _found(wanted: Wanted, told: dict[str, Any] | None) -> list[str]:
    """What stands there instead; of DMARC also what stands there rightly, for it may differ."""
    if told is None or told["state"] == State.MISSING:
        return []
    is_other = wanted.purpose == DMARC and wanted.value not in told["found"]
    return list(told["found"]) if told["state"] == State.WRONG or is_other else []


@dataclass(frozen=True)
class Lack:
    """What keeps a domain from being verified, in words; `domain_id` None: nobody added it."""

    text: str
    domain_id: int | None = None


def lack_of(account_id: int, name: str) -> Lack:
    """Of a domain that is not verified. Call inside `use_account`."""
    domain = SenderDomain.objects.for_account(account_id).filter(domain=name.lower()).first()
    if domain is None:
        return Lack(f"Add {name} in Settings, Domains, and publish its records")
    rows = [row for row in rows_of(domain) if row.wanted.purpose != DMARC]
    missing = [row.wanted.name for row in rows if row.state != _LABELS[State.RIGHT][0]]
    named = f": {', '.join(missing)}" if missing else ""
    return Lack(f"Publish the records of {name} that were not found{named}", domain.pk)


def notes_of(domain: SenderDomain) -> list[str]:
    """What else was found: SPF, DMARC and whether the names belong together."""
    if domain.checked_at is None:
        return []
    return [*_of_spf(domain), *_of_dmarc(domain)]


def _of_spf(domain: SenderDomain) -> list[str]:
    name = return_path_of(domain.domain)
    if domain.found.get(SPF, {}).get("unchecked") or _is_unchecked(domain, SPF):
        return [f"SPF of {name} could not be checked the last time."]
    faults = [fault for fault in domain.spf_faults.split() if fault in _SPF]
    said = [_SPF[fault].format(lookups=domain.spf_lookups) for fault in faults]
    return said or [f"SPF of {name} is fine: {domain.spf_lookups} of {LOOKUPS} DNS look-ups."]


def _of_dmarc(domain: SenderDomain) -> list[str]:
    if _is_unchecked(domain, DMARC):
        return ["DMARC could not be checked yet."]
    if not domain.dmarc_policy:
        return [
            "Nobody publishes DMARC for this domain, and large providers ask for it. Publish the "
            "record above; a policy “none” changes nothing but lets you see reports."
        ]
    said = f"DMARC is there: policy “{domain.dmarc_policy}”, published at {domain.dmarc_at}."
    if domain.dmarc_policy == "none":
        said += " When the reports look right, go on to “quarantine” and then “reject”."
    return [said, *_of_alignment(domain)]


def _of_alignment(domain: SenderDomain) -> list[str]:
    """What receivers compare: From, the envelope's domain, and the signature's."""
    name, back = domain.domain, return_path_of(domain.domain)
    if domain.aligned is False:
        return [
            f"Mail comes from {name} and its bounces go to {back}: your policy does not count them "
            "as one (aspf=s), so only the DKIM signature speaks for it."
        ]
    return [f"Mail comes from {name}, its bounces go to {back}: both belong together."]


def _is_unchecked(domain: SenderDomain, purpose: str) -> bool:
    """Nobody could look it up so far."""
    return bool(domain.found.get(purpose, {}).get("state") == State.UNCHECKED)


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
