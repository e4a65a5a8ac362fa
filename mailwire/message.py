"""One mail as the bytes that travel: MIME, quoted-printable, CRLF, nothing over the line limits.

Headers come from mailwire.headers; delivering is mailwire.smtp's work. Everything is decided by
the Mail given: the same Mail gives the same bytes, so a retry is the same message.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from hashlib import sha256

from mailwire.headers import (
    HeaderRefused,
    checked_custom_header,
    mailbox_header,
    text_header,
    token_header,
)

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

_UNSAFE = re.compile(rb"[^\t -<>-~]|[\t ]$|^\.")
_LINE = 76
_MESSAGE_ID = re.compile(r"<[!#-'*+/-9=?A-Z^-~.-]+@[!#-'*+/-9=?A-Z^-~.-]+>")
_VERP_TOKEN = re.compile(r"[a-z0-9._+-]+")
_LOCAL_PART_LIMIT = 64


@dataclass(frozen=True, kw_only=True)
class Mail:
    """All that one mail says. `headers` are pairs for OUR_HEADERS and X- names.

    `sent_at` must know its time zone. An empty `html` gives a plain text mail.
    """

    from_address: str
    to_address: str
    subject: str
    message_id: str
    sent_at: datetime
    text: str
    html: str = ""
    from_name: str = ""
    to_name: str = ""
    reply_to: str = ""
    headers: tuple[tuple[str, str], ...] = ()


def as_bytes(mail: Mail) -> bytes:
    """The whole RFC 5322 message with CRLF line ends, 7 bit unless an address is not ASCII.

    Raises HeaderRefused if a value can not stand in a header, ValueError for a naive time.
    """
    head = b"".join(_headers(mail))
    if not mail.html:
        return head + _part("text/plain", mail.text)
    # "=_" can not occur in quoted-printable, so the boundary is in none of the parts.
    boundary = "=_" + sha256(mail.message_id.encode()).hexdigest()[:32]
    line = f"--{boundary}".encode()
    # RFC 2046 5.1.4: the last alternative is the preferred one.
    return b"".join(
        [
            head,
            f'Content-Type: multipart/alternative;\r\n boundary="{boundary}"\r\n\r\n'.encode(),
            # The CRLF before a boundary belongs to the boundary (RFC 2046 5.1.1), not to the text.
            line + b"\r\n" + _part("text/plain", mail.text) + b"\r\n",
            line + b"\r\n" + _part("text/html", mail.html) + b"\r\n",
            line + b"--\r\n",
        ]
    )


def quoted_printable(text: str) -> bytes:
    """The text as quoted-printable lines of at most 76 octets, each ended by CRLF.

    A dot that would start a line is written =2E: the dot-stuffing of SMTP never has to act, so a
    relay that forgets it can not spoil a URL.
    """
    lines = re.split("\r\n|\r|\n", text)
    if lines[-1] == "":
        lines.pop()
    return b"".join(_quoted_line(line.encode("utf-8", "replace")) for line in lines)


def verp(token: str, domain: str, prefix: str = "b") -> str:
    """The envelope sender that tells which mail came back: `b+<token>@<domain>`.

    The token carries its own proof (the caller signs it). Lower case only, since some systems
    fold case. Raises ValueError if it can not be a local part of at most 64 octets.
    """
    local_part = f"{prefix}+{token}"
    if not _VERP_TOKEN.fullmatch(token) or len(local_part) > _LOCAL_PART_LIMIT:
        raise ValueError(f"Not usable in an envelope sender: {token!r}")
    return f"{local_part}@{domain}"


def _headers(mail: Mail) -> list[bytes]:
    if mail.sent_at.tzinfo is None:
        raise ValueError("sent_at needs a time zone")
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise HeaderRefused("syntax", f"Not a Message-ID: {mail.message_id!r}")
    lines = [
        mailbox_header("From", mail.from_name, mail.from_address),
        mailbox_header("To", mail.to_name, mail.to_address),
    ]
    if mail.reply_to:
        lines.append(mailbox_header("Reply-To", "", mail.reply_to))
    lines += [
        text_header("Subject", mail.subject),
        token_header("Date", format_datetime(mail.sent_at)),
        token_header("Message-ID", mail.message_id),
        *_extra_headers(mail.headers),
        token_header("MIME-Version", "1.0"),
    ]
    return lines


def _extra_headers(pairs: tuple[tuple[str, str], ...]) -> list[bytes]:
    names = [name.lower() for name, _ in pairs]
    if len(set(names)) != len(names):
        raise HeaderRefused("name_not_allowed", "A header is given twice.")
    lines = []
    for name, value in pairs:
        if name.lower() in OUR_HEADERS:
            lines.append(token_header(name, value))
        else:
            lines.append(text_header(*checked_custom_header(name, value)))
    return lines


def _part(content_type: str, text: str) -> bytes:
    head = (
        f"Content-Type: {content_type}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + quoted_printable(text)


def _quoted_line(line: bytes) -> bytes:
    encoded = _UNSAFE.sub(_quoted_octet, line)
    pieces = []
    while len(encoded) > _LINE:
        cut = _LINE - 1
        # Never cut inside an "=XX".
        if encoded[cut - 1 : cut] == b"=":
            cut -= 1
        elif encoded[cut - 2 : cut - 1] == b"=":
            cut -= 2
        pieces.append(encoded[:cut] + b"=\r\n")
        encoded = encoded[cut:]
        if encoded.startswith(b"."):
            encoded = b"=2E" + encoded[1:]
    return b"".join(pieces) + encoded + b"\r\n"


def _quoted_octet(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % found[0][0]
