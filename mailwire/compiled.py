"""A mail compiled once and written for each person: what is the same for all is encoded once.

Per person remain the values of the fields, the address, Message-ID and date, and one join: some
ten microseconds for 30 KB. A single mail (mailwire.message) is written by the same code.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from mailwire import heading
from mailwire.fields import Field, Pieces
from mailwire.headers import mailbox_header, token_header
from mailwire.heading import MESSAGE_ID, SENT_AT, TO_ADDRESS
from mailwire.quoting import SOFT_BREAK, is_relaxed, quoted, quoted_html, quoted_value
from mailwire.skeleton import Skeleton, Slot, Values


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """What all mails of one sending share; texts from `fields` have open places.

    `headers` are pairs for heading.OUR_HEADERS (tokens and URLs) and X- names (free text). An
    empty `html` gives plain text mails.
    """

    from_address: str
    subject: Pieces
    text: Pieces
    html: Pieces = ()
    from_name: str = ""
    to_name: Pieces = ()
    reply_to: str = ""
    headers: tuple[tuple[str, Pieces], ...] = ()


class CompiledMail:
    """All mails of one pattern. Raises HeaderRefused for a pattern that no mail can have."""

    def __init__(self, pattern: Pattern) -> None:
        content = list(_content(pattern))
        self._skeleton = Skeleton([*_headers(pattern), *content])
        literals = b"\0".join(piece for piece in content if isinstance(piece, bytes))
        self.is_relaxed = is_relaxed(literals)  # the body of each mail, as DKIM signs it

    def bytes_for(
        self, to_address: str, values: Mapping[str, Any], *, message_id: str, sent_at: datetime
    ) -> bytes:
        """One person's whole message with CRLF line ends, 7 bit unless an address is not ASCII.

        Raises HeaderRefused if a value can not stand in its header, ValueError for a time without
        zone, KeyError for a field without value.
        """
        return self._skeleton.fill(
            {**values, TO_ADDRESS: to_address, MESSAGE_ID: message_id, SENT_AT: sent_at}
        )


class CompiledText:
    """A piece of a body with open places of its own, ready to be the value of a field."""

    def __init__(self, pieces: Pieces, *, is_html: bool = False) -> None:
        self._skeleton = Skeleton(_body(pieces, is_html=is_html, relaxed=True))

    def fill(self, values: Values) -> bytes:
        """The piece as quoted-printable, for one person."""
        return self._skeleton.fill(values)


def _headers(pattern: Pattern) -> Iterator[bytes | Slot]:
    yield mailbox_header("From", pattern.from_name, pattern.from_address)
    yield heading.to(pattern.to_name)
    if pattern.reply_to:
        yield mailbox_header("Reply-To", "", pattern.reply_to)
    yield heading.free_text("Subject", pattern.subject)
    yield heading.date()
    yield heading.message_id()
    yield from heading.further(pattern.headers)
    yield token_header("MIME-Version", "1.0")


def _content(pattern: Pattern) -> Iterator[bytes | Slot]:
    text = [_part_head("text/plain"), *_body(pattern.text)]
    if not pattern.html:
        yield from [*text, b"\r\n"]
        return
    # "=_" can not occur in quoted-printable, so the boundary is in none of the parts. A mail
    # that carries another of ours needs one of its own (RFC 2046 5.1.2): hence the hash.
    seed = repr((pattern.subject, pattern.text, pattern.html)).encode("utf-8", "replace")
    boundary = b"=_" + sha256(seed).hexdigest()[:32].encode()
    yield b'Content-Type: multipart/alternative;\r\n boundary="%b"\r\n\r\n' % boundary
    # RFC 2046 5.1.4: the last alternative is the preferred one. 5.1.1: the CRLF before a boundary
    # belongs to the boundary, not to the text.
    yield b"--%b\r\n" % boundary
    yield from text
    yield b"\r\n--%b\r\n" % boundary
    yield from [_part_head("text/html"), *_body(pattern.html, is_html=True)]
    yield b"\r\n--%b--\r\n" % boundary


def _part_head(content_type: str) -> bytes:
    return (
        f"Content-Type: {content_type}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    ).encode()


def _body(
    pieces: Pieces, *, is_html: bool = False, relaxed: bool = False
) -> Iterator[bytes | Slot]:
    """Values stand on lines of their own, between soft breaks: no line depends on their length."""
    for at, piece in enumerate(pieces):
        is_last = at == len(pieces) - 1
        if isinstance(piece, Field):
            yield _slot(piece, escapes=is_html and not piece.is_html)
            yield b"" if is_last else SOFT_BREAK
        else:
            encoded = quoted(piece, relaxed=relaxed)
            is_at_line_start = encoded.endswith(b"\r\n") or not encoded
            yield encoded if is_last or is_at_line_start else encoded + SOFT_BREAK


def _slot(field: Field, *, escapes: bool) -> Slot:
    name = field.name
    if escapes:
        return Slot(f"html {name}", lambda values: quoted_html(values[name]))
    return Slot(f"text {name}", lambda values: quoted_value(values[name]))
