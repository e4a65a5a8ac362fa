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
_UNSAFE_OR_LOOSE = re.compile(rb"[^ -<>-~]| $|^\.|^F(?=rom )|(?<= ) ")
_LOOSE = (b"\t", b"  ", b" \r\n")
_LINE_END = re.compile("\r\n|\r|\n")
# A value that needs no look at its octets, neither in HTML: most names, and every token.
_PLAIN = re.compile(r"[A-EG-Za-z0-9_/@:-](?:[ !#$%(-;?-~]{0,72}[!#$%(-;?-~])?")


def quoted(text: str, *, relaxed: bool = False) -> bytes:
    """The text encoded; it ends as the text ends, with or without a line end.

    `relaxed`: in the form that DKIM signs (RFC 6376 3.4.4), with two octets more for each blank
    beyond the first.
    """
    unsafe = _UNSAFE_OR_LOOSE if relaxed else _UNSAFE
    lines = [each.encode("utf-8", "replace") for each in _LINE_END.split(text)]
    return b"\r\n".join([_line(each, unsafe) for each in lines])


def is_relaxed(octets: bytes, start: int = 0) -> bool:
    """DKIM's relaxed form of these lines is what they are; line ends behind the last one aside."""
    return all(octets.find(each, start) < 0 for each in _LOOSE)


def quoted_value(value: str | bytes) -> bytes:
    """What differs from person to person, relaxed; bytes are so already."""
    if isinstance(value, bytes):
        return value
    return value.encode() if _is_plain(value) else _quoted(value)


def quoted_html(value: str | bytes) -> bytes:
    """The same, escaped for HTML before."""
    if isinstance(value, bytes):
        return value
    return value.encode() if _is_plain(value) else _quoted(escape(value))


def _is_plain(value: str) -> bool:
    return "  " not in value and _PLAIN.fullmatch(value) is not None


def _quoted(value: str) -> bytes:
    return _quoted_once(value) if len(value) <= _NAME else quoted(value, relaxed=True)


@lru_cache(maxsize=8192)
def _quoted_once(value: str) -> bytes:
    """Names come again, long texts do not."""
    return quoted(value, relaxed=True)


def _line(line: bytes, unsafe: re.Pattern[bytes]) -> bytes:
    encoded = unsafe.sub(_octet, line)
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
