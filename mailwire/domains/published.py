"""The records an owner is asked to publish, and whether they stand there."""

import re
from dataclasses import dataclass
from enum import StrEnum

from mailwire.domains.asking import Answer, Dns, Found


class State(StrEnum):
    """What the DNS says of one wanted record."""

    RIGHT = "right"
    MISSING = "missing"
    WRONG = "wrong"
    UNCHECKED = "unchecked"  # nobody answered: no failure


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A record to publish. `value` of a TXT is compared by its tags, blanks do not matter.

    A CNAME may lead there through others.
    """

    purpose: str
    kind: str  # TXT or CNAME
    name: str
    value: str


@dataclass(frozen=True, kw_only=True)
class Check:
    """A wanted record and what was found in its place."""

    wanted: Wanted
    state: State
    found: tuple[str, ...] = ()


def check(wanted: Wanted, dns: Dns) -> Check:
    """Look one record up."""
    answer = dns.aliases(wanted.name) if wanted.kind == "CNAME" else dns.texts(wanted.name)
    return Check(wanted=wanted, state=_state(wanted, answer), found=answer.values)


def _state(wanted: Wanted, answer: Answer) -> State:
    value = _plain(wanted)
    if any(_plain_text(found, wanted.kind) == value for found in answer.values):
        return State.RIGHT
    if answer.found is Found.UNKNOWN:
        return State.UNCHECKED
    # Many records may share a TXT name: only one with the same beginning is a wrong one.
    begins = wanted.value.split("=")[0].lower()
    similar = [text for text in answer.values if text.lower().startswith(begins)]
    if wanted.kind == "CNAME":
        similar = list(answer.values)
    return State.WRONG if similar else State.MISSING


def _plain(wanted: Wanted) -> str:
    return _plain_text(wanted.value, wanted.kind)


def _plain_text(text: str, kind: str) -> str:
    if kind == "CNAME":
        return text.rstrip(".").lower()
    tags = [re.sub(r"\s+", "", tag) for tag in text.split(";")]
    return ";".join(tag for tag in tags if tag)
