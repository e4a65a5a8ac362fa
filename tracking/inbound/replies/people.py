"""Whether a person wrote a mail, and whether all they say is that they want no more. Pure."""

import re
from typing import Final

from mailwire.forwarded import mailbox_of
from mailwire.reports import Report
from marketing.audience.addresses import BadAddress, read_address

# Programs that forget to say so in the heading (RFC 2142, and habit).
_PROGRAMS: Final = re.compile(
    r"(mailer-daemon|postmaster|bounces?|(no|do-?not)[-_.]?reply|abuse)([-_+.].*)?", re.IGNORECASE
)
# What people write to be left alone, as the only words of a line.
_STOP: Final = frozenset(
    {
        "stop",
        "stop it",
        "stop all",
        "please stop",
        "unsubscribe",
        "unsubscribe me",
        "please unsubscribe",
        "please unsubscribe me",
        "remove me",
        "please remove me",
        "abmelden",
        "bitte abmelden",
        "abbestellen",
        "bitte abbestellen",
        "austragen",
        "bitte austragen",
        "stopp",
        "désabonner",
        "me désabonner",
        "désinscrire",
        "me désinscrire",
        "arrêter",
        "stop svp",
    }
)
_LINES: Final = 50


def is_from_a_person(report: Report) -> bool:
    """Whether it names an address that can be written to. Its sort says that no program spoke."""
    return not _PROGRAMS.fullmatch(author_of(report).partition("@")[0]) and "@" in author_of(report)


def author_of(report: Report) -> str:
    """The address in From; "" where there is none that mail could be sent to."""
    try:
        return read_address(mailbox_of(report.sender)[1]).send_to
    except BadAddress:
        return ""


def says_stop(report: Report) -> bool:
    """The first line that is not quoted, or the subject of an empty mail, says nothing else."""
    lines = (line.strip() for line in report.text.split("\n")[:_LINES])
    first = next((line for line in lines if line and not line.startswith(">")), report.subject)
    return " ".join(re.sub(r"[^\w ]", " ", first).casefold().split()) in _STOP
