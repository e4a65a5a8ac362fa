"""What a mail that came back says about one person. Pure; the table is law-and-protocol 3.5, 3.6.

The words of servers are read by mailwire.outcomes, the same as in the SMTP dialogue.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from mailwire.outcomes import Kind as Becomes
from mailwire.outcomes import Mark, Stage, outcome_of, refined
from mailwire.reports import Group, Report, Sort
from marketing.audience.addresses import BadAddress, read_address
from tracking.inbound.replies.people import is_from_a_person


class Kind(StrEnum):
    """What it is, in one word."""

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"  # refused for our sake: no mark on the contact
    DELAYED = "delayed"
    AUTOREPLY = "autoreply"
    COMPLAINT = "complaint"
    REPLY = "reply"  # of a person: handed on to the sender
    NONE = "none"
    QUARANTINE = "quarantine"  # a person has to look at it


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What follows. `failed`: the mail did not arrive; `alarm`: somebody of ours must know."""

    kind: Kind
    status: str = ""
    reported_status: str = ""
    diagnostic: str = ""
    disabled: bool = False  # hard after a second one at least seven days later
    delivered: bool = False
    failed: bool = False
    alarm: bool = False


_UNDERSTOOD_BY_NOBODY = Verdict(kind=Kind.QUARANTINE)
_BASIC = re.compile(r"\b([45]\d\d)\b")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY_LINE = re.compile(r"\b[45]\d\d[ -][^\n]{3,400}")
_DELIVERED = {"delivered", "relayed", "expanded"}


def judge(report: Report, address: str) -> Verdict:
    """What the report says about the person with this address, whose key it carried."""
    if report.sort is Sort.FEEDBACK:
        return _feedback(report.feedback)
    if report.sort is Sort.DELIVERY:
        return _delivery(report.groups, address)
    if report.sort is Sort.RETURNED:
        return _words(report.text)
    if report.sort is Sort.AUTOMATIC:
        return Verdict(kind=Kind.AUTOREPLY)
    if report.sort is Sort.MAIL and is_from_a_person(report):
        return Verdict(kind=Kind.REPLY)
    return Verdict(kind=Kind.NONE) if report.sort is Sort.RECEIPT else _UNDERSTOOD_BY_NOBODY


def without_key(report: Report) -> Verdict:
    """A mail that leads to nobody: an automatic one is dropped, the others wait for a person."""
    harmless = {Sort.AUTOMATIC: Kind.AUTOREPLY, Sort.RECEIPT: Kind.NONE}
    return Verdict(kind=harmless.get(report.sort, Kind.QUARANTINE))


def _feedback(kind: str) -> Verdict:
    """RFC 5965 7.3: `opt-out` is what some reporters call the same button."""
    if kind in {"abuse", "opt-out", "opt-out-list"}:
        return Verdict(kind=Kind.COMPLAINT)
    if kind in {"auth-failure", "fraud", "virus"}:
        return Verdict(kind=Kind.NONE, alarm=True)
    return Verdict(kind=Kind.NONE) if kind == "not-spam" else _UNDERSTOOD_BY_NOBODY


def _delivery(groups: tuple[Group, ...], address: str) -> Verdict:
    """Of several people only the one with our key counts: the others are somebody else's proof."""
    ours = groups
    if len(groups) > 1:
        ours = tuple(g for g in groups if _key(address) in map(_key, g.addresses))
    return _group(ours[0]) if ours else _UNDERSTOOD_BY_NOBODY


def _group(group: Group) -> Verdict:
    said = Verdict(kind=Kind.NONE, status=group.status, diagnostic=group.diagnostic)
    if group.action == "delayed":
        return replace(said, kind=Kind.DELAYED)
    if group.action in _DELIVERED:
        return replace(said, delivered=group.action == "delivered")
    if group.action != "failed":
        return replace(said, kind=Kind.QUARANTINE)
    return _failed(said)


def _failed(said: Verdict) -> Verdict:
    said = replace(said, failed=True)
    if said.status.startswith("4"):
        # Given up: the action decides. 550 with 4.x.x too is no reason to suppress anybody.
        return replace(said, kind=Kind.SOFT)
    quoted = _STATUS.search(said.diagnostic)
    generic = quoted is not None and said.status.endswith(".0")
    status = refined(quoted[1] if quoted and generic else said.status, said.diagnostic)
    if status in {"", "5.0.0"} and not said.diagnostic:
        return replace(said, kind=Kind.QUARANTINE)
    basic = _BASIC.search(said.diagnostic)
    outcome = outcome_of(int(basic[1]) if basic else 550, status, Stage.RCPT)
    said = replace(said, status=status, reported_status=said.status)
    if outcome.mark in {Mark.HARD, Mark.DISABLED}:
        return replace(said, kind=Kind.HARD, disabled=outcome.mark is Mark.DISABLED)
    if outcome.kind is Becomes.REFUSED_US:
        ours = status.split(".")[1] in {"5", "7"}
        return replace(said, kind=Kind.POLICY if ours else Kind.NONE, alarm=True)
    return replace(said, kind=Kind.SOFT)


def _words(text: str) -> Verdict:
    """A bounce without a report: the line with the server's reply, if there is one."""
    line = _REPLY_LINE.search(text)
    if line is None:
        return _UNDERSTOOD_BY_NOBODY
    status = _STATUS.search(line[0])
    group = Group(
        action="failed",
        status=status[1] if status else f"{line[0][0]}.0.0",
        diagnostic=line[0].strip(),
    )
    return _group(group)


def _key(address: str) -> str:
    try:
        return read_address(address).key
    except BadAddress:
        return address.lower()
