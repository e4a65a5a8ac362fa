"""What an SMTP reply means: for the message, for the contact, for us. Pure functions.

The table is RFC 3463, 5248, 6647 and 7372 read together with what providers really answer;
mailwire.smtp calls it, whoever marks recipients acts on it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

# Raise when a text rule below changes: kept beside the outcome, old verdicts can be redone.
TEXT_RULES_VERSION = 2


class Kind(StrEnum):
    """What becomes of the message."""

    ACCEPTED = "accepted"
    TRY_LATER = "try_later"
    REFUSED_ADDRESS = "refused_address"
    REFUSED_US = "refused_us"
    UNKNOWN = "unknown"


class Mark(StrEnum):
    """What the reply says about the contact's address."""

    NONE = "none"
    SOFT = "soft"
    DISABLED = "disabled"  # hard after a second one at least seven days later
    HARD = "hard"


class Stage(StrEnum):
    """Where in the dialogue the reply came."""

    CONNECT = "connect"
    HELLO = "hello"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"


# Nobody changes one. Not `frozen`: each mail has one, and that would treble the time to make it.
@dataclass(slots=True, kw_only=True, unsafe_hash=True)
class Outcome:
    """How one delivery ended. `code` 0 means that no reply was read.

    `slowly`: the far end limits or distrusts us; pause this destination 15 to 60 minutes.
    REFUSED_US at CONNECT, HELLO or MAIL concerns every mail of the batch: stop it, tell someone.
    """

    kind: Kind
    code: int = 0
    status: str = ""
    text: str = ""
    slowly: bool = False
    mark: Mark = Mark.NONE
    stage: Stage = Stage.BODY

    @property
    def stops_batch(self) -> bool:
        """No other mail will fare better on this connection."""
        before_recipient = self.stage in {Stage.CONNECT, Stage.HELLO, Stage.MAIL}
        return self.kind is Kind.REFUSED_US and before_recipient

    @property
    def is_routing(self) -> bool:
        """x.4.x: the way is broken, not the address; worth a day of trying, DNS faults heal."""
        return _subject(self.status) == "4"


_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# What a text says where the status is generic or missing; the first that is found counts. Distrust
# comes first: "550 mailbox unavailable, blocked by policy" says nothing about the address.
_TEXTS = [
    (
        "7.1",
        r"spam|block(ed|[ -]?list)|blacklist|reputation|dmarc|\bspf\b|\bdkim\b|not authenticated"
        r"|authentication|policy|rate limit|too many|throttl|relay(ing)? (access )?denied|banned"
        r"|access denied",
    ),
    ("2.2", r"(mailbox|quota|storage).{0,20}(full|exceeded)|over ?quota"),
    ("2.1", r"(mailbox|account|user).{0,20}(disabled|suspended|deactivated)"),
    (
        "1.1",
        r"user unknown|unknown user|no such (user|mailbox|recipient|person)|does not exist"
        r"|mailbox (unavailable|not found)|unknown (recipient|mailbox)|recipient not found"
        r"|invalid (mailbox|recipient)|account (has been )?deleted|no mailbox (here|with|of)",
    ),
]
_TEXT_RULES = [(detail, re.compile(pattern, re.IGNORECASE)) for detail, pattern in _TEXTS]
_GENERIC = {"", "0.0", "1.0", "2.0", "5.0"}
_NO_ADDRESS = {"1.1", "1.2", "1.3", "1.6", "1.10"}
_OUR_SENDER = {"1.7", "1.8"}
_TOO_LARGE = {"2.3", "3.4"}


def outcome_of(code: int, text: str, stage: Stage) -> Outcome:
    """The outcome of a delivery that this reply decided.

    A 2xx or 3xx reply is only passed here when it ends the delivery (2xx to the final dot).
    """
    found = _STATUS.search(text)
    status = found[0] if found else ""
    if stage is Stage.BODY and 200 <= code < 300:
        return Outcome(kind=Kind.ACCEPTED, code=code, status=status, text=text)
    if 400 <= code < 500:
        kind, mark, slowly = _later(code, status, text)
    elif 500 <= code < 600:
        kind, mark, slowly = _refused(code, status, text, stage)
    else:
        # Not a reply we can read. After the body nobody can say what became of it.
        kind = Kind.UNKNOWN if stage is Stage.BODY else Kind.TRY_LATER
        mark, slowly = Mark.NONE, False
    return Outcome(
        kind=kind, code=code, status=status, text=text, slowly=slowly, mark=mark, stage=stage
    )


def broken_line(stage: Stage, *, body_on_the_wire: bool, text: str = "") -> Outcome:
    """A drop, a refused connection or a time-out: unknown once the body may have arrived."""
    kind = Kind.UNKNOWN if body_on_the_wire else Kind.TRY_LATER
    return Outcome(kind=kind, text=text, stage=stage)


def _later(code: int, status: str, text: str) -> tuple[Kind, Mark, bool]:
    full = _detail(status) == "2.2" or (not status and _said(text) == "2.2")
    distrusted = _subject(status) == "7" and not re.search("gr[ae]y-?list", text, re.IGNORECASE)
    slowly = code == 421 or distrusted
    return Kind.TRY_LATER, Mark.SOFT if full else Mark.NONE, slowly


def _refused(code: int, status: str, text: str, stage: Stage) -> tuple[Kind, Mark, bool]:
    if stage in {Stage.CONNECT, Stage.HELLO, Stage.MAIL} or code in {530, 534, 535, 538}:
        return Kind.REFUSED_US, Mark.NONE, False
    if status.startswith("4"):
        # 550 with 4.x.x: the basic code decides about trying again, and nobody is suppressed.
        return Kind.REFUSED_ADDRESS, Mark.SOFT, False
    return _refused_by_status(refined(status, text))


def refined(status: str, text: str) -> str:
    """The enhanced code that the words name where `status` is generic or ""; else `status`."""
    if _detail(status) not in _GENERIC:
        return status
    said = _said(text)
    return f"5.{said}" if said else status


def _said(text: str) -> str:
    return next((detail for detail, pattern in _TEXT_RULES if pattern.search(text)), "")


def _refused_by_status(status: str) -> tuple[Kind, Mark, bool]:
    detail = _detail(status)
    if detail in _GENERIC:
        return Kind.REFUSED_ADDRESS, Mark.SOFT, False
    if detail in _NO_ADDRESS:
        return Kind.REFUSED_ADDRESS, Mark.HARD, False
    if detail == "2.1":
        return Kind.REFUSED_ADDRESS, Mark.DISABLED, False
    if detail == "2.2":
        return Kind.TRY_LATER, Mark.SOFT, False
    if detail in _OUR_SENDER | _TOO_LARGE or _subject(status) in {"5", "6", "7"}:
        return Kind.REFUSED_US, Mark.NONE, False
    if _subject(status) == "4":
        return Kind.TRY_LATER, Mark.SOFT, True
    return Kind.REFUSED_ADDRESS, Mark.SOFT, False


def _subject(status: str) -> str:
    return status.split(".")[1] if status else ""


def _detail(status: str) -> str:
    return status.partition(".")[2]
