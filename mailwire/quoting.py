"""Quoted-printable (RFC 2045 6.7): a text as lines that every server carries unharmed.

No line passes 75 octets, so that a soft line break still fits behind it. None begins with a dot or
with "From ": neither the dot-stuffing of SMTP nor a mailbox file has anything to change.
"""

import re
from functools import lru_cache
from html import escape

SOFT_BREAK = b"=\r\n"

_LINE = 75
_NAME = 100
_UNSAFE = re.compile(rb"[^\t -<>-~]|[\t ]$|^\.|^F(?=rom )")
_LINE_END = re.compile("\r\n|\r|\n")
# A value that needs no look at its octets, neither in HTML: most names, and every token.
_PLAIN = re.compile(r"[A-EG-Za-z0-9_/@:-](?:[ !#$%(-;?-~]{0,72}[!#$%(-;?-~])?")


def quoted(text: str) -> bytes:
    """The text encoded; it ends as the text ends, with or without a line end."""
    return b"\r\n".join(_line(each.encode("utf-8", "replace")) for each in _LINE_END.split(text))


def quoted_value(value: str | bytes) -> bytes:
    """What differs from person to person; bytes are quoted already."""
    if isinstance(value, bytes):
        return value
    return value.encode() if _PLAIN.fullmatch(value) else _quoted(value)


def quoted_html(value: str | bytes) -> bytes:
    """The same, escaped for HTML before."""
    if isinstance(value, bytes):
        return value
    return value.encode() if _PLAIN.fullmatch(value) else _quoted(escape(value))


def _quoted(value: str) -> bytes:
    return _quoted_once(value) if len(value) <= _NAME else quoted(value)


# Names come again, long texts do not.
_quoted_once = lru_cache(maxsize=8192)(quoted)


def _line(line: bytes) -> bytes:
    encoded = _UNSAFE.sub(_octet, line)
    pieces = []
    while len(encoded) > _LINE:
        cut = _LINE
        # Never cut inside an "=XX".
        if encoded[cut - 1 : cut] == b"=":
            cut -= 1
        elif encoded[cut - 2 : cut - 1] == b"=":
            cut -= 2
        pieces.append(encoded[:cut] + SOFT_BREAK)
        encoded = _safe_start(encoded[cut:])
    return b"".join([*pieces, encoded])


def _safe_start(line: bytes) -> bytes:
    starts_badly = line.startswith((b".", b"From "))
    return b"=%02X" % line[0] + line[1:] if starts_badly else line


def _octet(found: re.Match[bytes]) -> bytes:
    return b"=%02X" % found[0][0]
