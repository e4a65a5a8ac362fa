"""Mail that comes back, read: delivery and complaint reports, receipts, automatic answers.

RFC 3464 in 6522 (delivery), 5965 and 6590 (complaints), 8098 (receipts), 3834 (automatic answers).
Pure and bounded: MAX_OCTETS are looked at, parts are opened DEPTH deep, the rest is left unread.
What a report means for a person is decided elsewhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from mailwire.parts import Part, fields, opened

MAX_OCTETS = 512 * 1024
# What a reply that we handed on says about itself; whoever sends it back is a loop.
HANDED_ON = "X-Assent-Reply"
# Words and quoted names are looked for in this much of a text.
_TEXT_OCTETS = 16 * 1024
# One recipient per mail: a report about more is about a mailing list behind the address.
_GROUPS = 100


class Sort(StrEnum):
    """What kind of mail it is, by its shape alone."""

    DELIVERY = "delivery"
    FEEDBACK = "feedback"
    RECEIPT = "receipt"
    AUTOMATIC = "automatic"
    RETURNED = "returned"  # a bounce in plain words, without a report
    MAIL = "mail"


@dataclass(frozen=True, kw_only=True)
class Group:
    """What a delivery report says of one recipient; texts are "" where it is silent."""

    addresses: tuple[str, ...] = ()  # as given, the original one first
    action: str = ""  # lower case
    status: str = ""
    diagnostic: str = ""  # unfolded, without its type


@dataclass(frozen=True, kw_only=True)
class Report:
    """One mail that came in, as far as we read it."""

    sort: Sort
    message_id: str
    subject: str
    sender: str
    groups: tuple[Group, ...] = ()
    feedback: str = ""  # Feedback-Type, lower case
    envelopes: tuple[str, ...] = ()  # Original-Mail-From of a complaint
    quoted: tuple[str, ...] = ()  # Message-IDs of the mail it is about, without brackets
    text: str = ""
    authentication: tuple[str, ...] = ()  # Authentication-Results, topmost first


_DELIVERY = {"message/delivery-status", "message/global-delivery-status"}
_FEEDBACK = {"message/feedback-report"}
_RECEIPT = {"message/disposition-notification", "message/global-disposition-notification"}
_QUOTED = {"message/rfc822", "message/global", "text/rfc822-headers", "message/rfc822-headers"}
_AUTOMATIC = {
    HANDED_ON.lower(),
    "x-autoreply",
    "x-autorespond",
    "x-loop",
}
_MESSAGE_ID = re.compile(r"^message-id:\s*<([^<>\s]{3,250})>", re.IGNORECASE | re.MULTILINE)
_BETWEEN_BRACKETS = re.compile(r"<([^<>\s]{0,320})>")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")


def read(raw: bytes) -> Report:
    """Read a mail of any shape; never raises, and a mail without sense comes out as MAIL."""
    whole = Part.of(raw[:MAX_OCTETS].replace(b"\r\n", b"\n"))
    parts = list(opened(whole))
    head = fields(whole.head)
    texts = [part for part in parts if part.kind == "text/plain"]
    text = texts[0].text(_TEXT_OCTETS) if texts else ""
    feedback = _first(parts, _FEEDBACK)
    said = fields(feedback.content()) if feedback else []
    return Report(
        sort=_sort(parts, head),
        message_id=_bare(_value(head, "message-id")),
        subject=_value(head, "subject")[:300],
        sender=_value(head, "from")[:300],
        groups=tuple(islice(_groups(_first(parts, _DELIVERY)), _GROUPS)),
        feedback=_value(said, "feedback-type").lower(),
        envelopes=tuple(_bare(value) for name, value in said if name == "original-mail-from"),
        quoted=tuple(_quoted(parts, text)),
        text=text,
        authentication=tuple(value for name, value in head if name == "authentication-results"),
    )


def _sort(parts: list[Part], head: list[tuple[str, str]]) -> Sort:
    for kinds, sort in (
        (_FEEDBACK, Sort.FEEDBACK),
        (_DELIVERY, Sort.DELIVERY),
        (_RECEIPT, Sort.RECEIPT),
    ):
        if _first(parts, kinds):
            return sort
    if _is_automatic(head):
        return Sort.AUTOMATIC
    return Sort.RETURNED if _value(head, "return-path") == "<>" else Sort.MAIL


def _is_automatic(head: list[tuple[str, str]]) -> bool:
    """RFC 3834 and what was used before it: no person wrote this, nothing may answer it."""
    submitted = _value(head, "auto-submitted").lower()
    if submitted and not submitted.startswith("no"):
        return True
    if _value(head, "precedence").lower() in {"bulk", "junk", "list", "auto_reply"}:
        return True
    names = {name for name, _ in head}
    return bool(names & _AUTOMATIC) or any(name.startswith("list-") for name in names)


def _groups(part: Part | None) -> Iterator[Group]:
    """RFC 3464 2.1: a block about the message, then one block for each recipient."""
    if part is None:
        return
    for block in re.split(rb"\n[ \t]*\n", part.content()):
        said = fields(block)
        names = [
            _untyped(value)
            for wanted in ("original-recipient", "final-recipient")
            for name, value in said
            if name == wanted
        ]
        action = _value(said, "action").lower()
        if not names and not action:
            continue
        status = _STATUS.search(_value(said, "status"))
        yield Group(
            addresses=tuple(_bare(name) for name in names),
            action=action.split(" ")[0],
            status=status[0] if status else "",
            diagnostic=_untyped(_value(said, "diagnostic-code"))[:500],
        )


def _quoted(parts: list[Part], text: str) -> Iterator[str]:
    for part in parts:
        if part.kind in _QUOTED:
            block = part.content().partition(b"\n\n")[0]
            yield from _MESSAGE_ID.findall(block[:_TEXT_OCTETS].decode("utf-8", "replace"))
    yield from _MESSAGE_ID.findall(text)


def _first(parts: list[Part], kinds: set[str]) -> Part | None:
    return next((part for part in parts if part.kind in kinds), None)


def _value(said: list[tuple[str, str]], wanted: str) -> str:
    return next((value for name, value in said if name == wanted), "")


def _untyped(value: str) -> str:
    """`rfc822; anna@example.net` without its type."""
    kind, semicolon, rest = value.partition(";")
    return rest.strip() if semicolon and kind.replace("-", "").strip().isalnum() else value


def _bare(value: str) -> str:
    found = _BETWEEN_BRACKETS.search(value)
    return found[1] if found else value.strip()
