"""DMARC by the DNS tree walk of RFC 9989: which policy counts, and what belongs together.

Read as summarised in law-and-protocol 3.2: names are asked from the domain upwards, at most eight;
a name of more than eight labels jumps to its last seven after the first question.
"""

import re
from dataclasses import dataclass
from typing import Final

from mailwire.domains.asking import Dns, Found

_STEPS: Final = 8


@dataclass(frozen=True, kw_only=True)
class Dmarc:
    """The policy for mail from a domain. `policy` "" means that nobody publishes one.

    `organisational` is the domain all its names belong to; `unknown`: the DNS did not answer.
    `several` is a name with more than one record, which receivers pass over.
    """

    policy: str = ""  # none, quarantine, reject
    record: str = ""
    published_at: str = ""
    organisational: str = ""
    strict_dkim: bool = False
    strict_spf: bool = False
    unknown: bool = False
    several: str = ""


def policy_of(domain: str, dns: Dns) -> Dmarc:
    """Walk the tree of one domain."""
    domain = domain.lower().rstrip(".")
    found: list[tuple[str, str]] = []
    unknown, several = False, ""
    for name in _walk(domain):
        answer = dns.texts(f"_dmarc.{name}")
        unknown = unknown or answer.found is Found.UNKNOWN
        records = [text for text in answer.values if re.match(r"v=DMARC1\s*(;|$)", text)]
        if len(records) > 1:
            several = several or name
        if len(records) == 1:
            found.append((name, records[0]))
            if _tags(records[0]).get("psd") in {"y", "n"}:
                break
    organisational = _organisational(domain, found)
    chosen = _chosen(domain, organisational, found)
    if chosen is None:
        return Dmarc(organisational=organisational, unknown=unknown, several=several)
    tags = _tags(chosen[1])
    return Dmarc(
        policy=_policy(domain, chosen[0], tags),
        record=chosen[1],
        published_at=chosen[0],
        organisational=organisational,
        strict_dkim=tags.get("adkim") == "s",
        strict_spf=tags.get("aspf") == "s",
        unknown=unknown and chosen[0] != domain,
        several=several,
    )


def aligned(domain: str, author: str, dns: Dns, *, strict: bool) -> bool:
    """Whether a signing or envelope domain speaks for the domain in From."""
    domain, author = domain.lower().rstrip("."), author.lower().rstrip(".")
    if strict or domain == author:
        return domain == author
    ours = policy_of(domain, dns).organisational
    return ours == policy_of(author, dns).organisational


def _walk(domain: str) -> list[str]:
    labels = domain.split(".")
    names = [domain]
    labels = labels[-(_STEPS - 1) :] if len(labels) > _STEPS else labels[1:]
    while labels and len(names) < _STEPS:
        names.append(".".join(labels))
        labels = labels[1:]
    return names


def _organisational(domain: str, found: list[tuple[str, str]]) -> str:
    """The name that says psd=n, the one below a public suffix, else the shortest with a record."""
    for name, record in found:
        psd = _tags(record).get("psd")
        if psd == "n":
            return name
        if psd == "y" and name != domain:
            below = domain.removesuffix(f".{name}").rpartition(".")[2]
            return f"{below}.{name}"
    return found[-1][0] if found else domain


def _chosen(
    domain: str, organisational: str, found: list[tuple[str, str]]
) -> tuple[str, str] | None:
    """The domain's own record, else that of the organisation, else that of the public suffix."""
    by_name = dict(found)
    for name in (domain, organisational):
        if name in by_name:
            return name, by_name[name]
    return found[-1] if found else None


def _policy(domain: str, name: str, tags: dict[str, str]) -> str:
    wanted = tags.get("p", "none") if name == domain else tags.get("sp", tags.get("p", "none"))
    return wanted.lower() if wanted.lower() in {"none", "quarantine", "reject"} else "none"


def _tags(record: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in record.split(";"))
    return {name.strip().lower(): value.strip() for name, equals, value in pairs if equals}
