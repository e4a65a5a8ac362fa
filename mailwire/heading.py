"""The header block of a mail: which headers, in which order, and what of them is open per person.

How a single line is written is mailwire.headers' business.
"""

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from email.utils import format_datetime
from functools import lru_cache

from mailwire.fields import Field, Pieces, has_fields, literals, merged, names_of
from mailwire.headers import (
    HeaderRefused,
    checked_custom_header,
    mailbox_header,
    text_header,
    token_header,
)
from mailwire.skeleton import Slot

# What our own code may add beside the headers every mail has. A member's own are X- only.
OUR_HEADERS = frozenset(
    {
        "auto-submitted",
        "content-language",
        "feedback-id",
        "list-id",
        "list-unsubscribe",
        "list-unsubscribe-post",
        "precedence",
        "x-auto-response-suppress",
    }
)

# What every mail is given beside its fields; no field can have these names, they are no words.
TO_ADDRESS, MESSAGE_ID, SENT_AT = "to address", "message id", "sent at"

_ID = re.compile(r"<[!#-'*+/-9=?A-Z^-~.-]+@[!#-'*+/-9=?A-Z^-~.-]+>")
_TOKEN = re.compile(r"[!-~]{1,500}")
_SIMPLE_ADDRESS = re.compile(r"[A-Za-z0-9._+-]{1,64}@[A-Za-z0-9.-]{1,255}")


def to(name: Pieces) -> Slot:
    """To, with exactly one mailbox."""
    if not name:
        return Slot("To", lambda values: _address_only(values[TO_ADDRESS]))
    return Slot("To", lambda values: mailbox_header("To", merged(name, values), values[TO_ADDRESS]))


def date() -> Slot:
    """Date, when this very mail was made."""
    return Slot("Date", lambda values: _date(values[SENT_AT]))


def message_id() -> Slot:
    """Message-ID, as the caller gives it: the same for each attempt."""
    return Slot("Message-ID", lambda values: _message_id(values[MESSAGE_ID]))


def free_text(name: str, pieces: Pieces) -> bytes | Slot:
    """Subject or an X- header. What was typed is refused if it is no line, what was merged cleaned.

    Raises HeaderRefused.
    """
    line = text_header(name, literals(pieces))
    if not has_fields(pieces):
        return line
    names = names_of(pieces)

    @lru_cache(maxsize=512)
    def line_of(*told: str) -> bytes:
        return text_header(name, merged(pieces, dict(zip(names, told, strict=True))))

    return Slot(name, lambda values: line_of(*[values[each] for each in names]))


def further(pairs: tuple[tuple[str, Pieces], ...]) -> Iterator[bytes | Slot]:
    """The headers that only some mails have. Raises HeaderRefused: owned or given twice."""
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) != len(names):
        raise HeaderRefused("name_not_allowed", "A header is given twice.")
    for name, pieces in pairs:
        if name.lower() in OUR_HEADERS:
            yield from _tokens(name, pieces)
        else:
            checked_custom_header(name, literals(pieces))
            yield free_text(name, pieces)


def _tokens(name: str, pieces: Pieces) -> Iterator[bytes | Slot]:
    """A line of tokens. With fields its length is not known: it is folded at every blank."""
    if not has_fields(pieces):
        yield token_header(name, literals(pieces))
        return
    yield f"{name}: ".encode()
    for piece in pieces:
        if isinstance(piece, Field):
            yield _token_slot(piece.name)
        else:
            token_header(name, piece)  # refuses what can not be written
            yield re.sub(" +", "\r\n ", piece).encode()
    yield b"\r\n"


def _token_slot(name: str) -> Slot:
    return Slot(f"token {name}", lambda values: _token(values[name]))


def _token(value: str) -> bytes:
    if not _TOKEN.fullmatch(value):
        raise HeaderRefused("syntax", f"Can not stand in a header: {value[:40]!r}")
    return value.encode()


def _message_id(value: str) -> bytes:
    if not _ID.fullmatch(value):
        raise HeaderRefused("syntax", f"Not a Message-ID: {value!r}")
    return b"Message-ID: %b\r\n" % value.encode()


def _address_only(address: str) -> bytes:
    if _SIMPLE_ADDRESS.fullmatch(address):
        return b"To: %b\r\n" % address.encode()
    return mailbox_header("To", "", address)


def _date(at: datetime) -> bytes:
    if at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    return _date_line(int(at.timestamp()), at.tzinfo)


@lru_cache(maxsize=64)
def _date_line(second: int, zone: tzinfo) -> bytes:
    """Written once a second: it takes as long as a third of the whole mail."""
    return token_header("Date", format_datetime(datetime.fromtimestamp(second, zone)))
