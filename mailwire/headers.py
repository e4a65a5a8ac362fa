"""Header fields: what may stand in one, and how it is written (RFC 5322, 2047, 8058).

Typed values with control characters are refused, merged values are cleaned: either way no
value can end its line. Building whole messages is mailwire.message's work.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable, Iterator

from email_validator import EmailNotValidError, validate_email

SUBJECT_LIMIT = 500
NAME_LIMIT = 200
CUSTOM_VALUE_LIMIT = 2000

# C0, DEL, C1 (with U+0085), the two Unicode line ends, and halves of surrogate pairs, which
# can not be encoded at all. Python's email package lets NUL, ESC, DEL and C1 through.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_NAME = re.compile(r"[!-9;-~]+")
_ADDRESS_IN_NAME = re.compile(r"[^\s<>@]@[^\s<>@]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+( [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
# RFC 2047 section 5 (3): the strictest place, a phrase, allows these in "Q"; used everywhere.
_Q_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")

_WORD_LIMIT = 75
_LINE_AIM = 76
_LINE_LIMIT = 998


class HeaderRefused(ValueError):
    """A typed header value that must not be used. `reason` is a code, the message is for people."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def has_control_character(value: str) -> bool:
    return _CONTROL.search(value) is not None


def cleaned(value: str) -> str:
    """A merged value for a header: each run of control characters becomes one blank."""
    return _CONTROL.sub(" ", value).strip(" ")


def checked_subject(typed: str) -> str:
    """The subject as it will be read. Raises HeaderRefused: control_character, empty, too_long."""
    _refuse_control(typed, "The subject")
    if not typed.strip():
        raise HeaderRefused("empty", "Write a subject.")
    _refuse_long(typed, SUBJECT_LIMIT, "The subject")
    return typed


def checked_display_name(typed: str) -> str:
    """The name before an address. Raises HeaderRefused: control_character, address_in_name,
    too_long.

    A name that looks like an address makes some readers show it as the sender's address.
    """
    _refuse_control(typed, "The name")
    if _ADDRESS_IN_NAME.search(unicodedata.normalize("NFKC", typed)):
        raise HeaderRefused("address_in_name", "A name must not contain an email address.")
    _refuse_long(typed, NAME_LIMIT, "The name")
    return typed.strip()


def checked_reply_to(typed: str) -> str:
    """One address with its domain as A-label, or '' for none.

    Raises HeaderRefused: control_character, one_address, syntax.
    """
    _refuse_control(typed, "The reply address")
    address = typed.strip()
    if not address:
        return ""
    if any(sign in address for sign in ",;") or address.count("@") > 1:
        raise HeaderRefused("one_address", "Only one reply address is possible.")
    try:
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise HeaderRefused("syntax", str(error)) from error
    return f"{found.local_part}@{found.ascii_domain}"


def checked_custom_header(name: str, value: str) -> tuple[str, str]:
    """A header a member adds. Only `X-` names are allowed: everything else has an owner.

    Raises HeaderRefused: name_syntax, name_not_allowed, control_character, too_long.
    """
    if not _NAME.fullmatch(name):
        raise HeaderRefused("name_syntax", "A header name has letters, digits and hyphens only.")
    if not re.fullmatch(r"(?i)x-[a-z0-9-]+", name):
        raise HeaderRefused("name_not_allowed", f"The header {name} can not be set by hand.")
    _refuse_control(value, "The value")
    _refuse_long(value, CUSTOM_VALUE_LIMIT, "The value")
    return name, value


def text_header(name: str, value: str) -> bytes:
    """One whole header line with free text (Subject, X-...), folded, with its CRLF."""
    _refuse_control(value, name)
    return _field(name, _text_pieces(value, first=_LINE_AIM - len(name) - 2))


def token_header(name: str, value: str) -> bytes:
    """A header of addresses, URLs or tokens: ASCII as it stands, folded at blanks only.

    Raises HeaderRefused (syntax) if it is not ASCII or has a part too long for a line.
    """
    _refuse_control(value, name)
    pieces = value.split(" ")
    if not value.isascii() or any(len(piece) > _LINE_LIMIT - len(name) - 2 for piece in pieces):
        raise HeaderRefused("syntax", f"{name} can not be written: {value[:40]}")
    return _field(name, pieces)


def mailbox_header(name: str, display_name: str, address: str) -> bytes:
    """From, To or Reply-To with exactly one mailbox. A non-ASCII local part needs SMTPUTF8."""
    _refuse_control(display_name + address, name)
    if re.search(r"[<>,;\s]", address) or address.count("@") != 1:
        raise HeaderRefused("syntax", f"Not one address: {address}")
    if not display_name:
        return _field(name, [address])
    pieces = _phrase_pieces(display_name, first=_LINE_AIM - len(name) - 2)
    return _field(name, [*pieces, f"<{address}>"])


def _refuse_control(value: str, what: str) -> None:
    if has_control_character(value):
        message = f"{what} must be one line without control characters."
        raise HeaderRefused("control_character", message)


def _refuse_long(value: str, limit: int, what: str) -> None:
    if len(value) > limit:
        message = f"{what} has {len(value)} characters; at most {limit} are possible."
        raise HeaderRefused("too_long", message)


def _field(name: str, pieces: Iterable[str]) -> bytes:
    """Join pieces by blanks, folding before a piece that would pass the aimed line length."""
    lines = [f"{name}:"]
    for piece in pieces:
        fits = len(lines[-1]) + 1 + len(piece.encode()) <= _LINE_AIM
        # A line of blanks only would end the header block for some readers, so an empty piece
        # (two blanks in a row) never starts a line. The name keeps its first piece beside it.
        if fits or not piece or lines == [f"{name}:"]:
            lines[-1] += f" {piece}"
        else:
            lines.append(f" {piece}")
    return ("\r\n".join(lines) + "\r\n").encode()


def _text_pieces(value: str, first: int) -> list[str]:
    """Plain words if the value survives folding as it is, else encoded-words."""
    words = value.split(" ")
    plain = (
        value.isascii()
        and "=?" not in value
        and value == value.strip(" ")
        and "  " not in value
        and all(len(word) <= first for word in words)
    )
    return words if plain else list(_encoded_words(value, first))


def _phrase_pieces(name: str, first: int) -> list[str]:
    quoted = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    if name.isascii() and "=?" not in name and len(quoted) <= first:
        return [name] if _ATOMS.fullmatch(name) else [quoted]
    return list(_encoded_words(name, first))


def _encoded_words(value: str, first: int) -> Iterator[str]:
    """The value as RFC 2047 words of at most 75 characters (the first of at most `first`).

    Uses Q or B, whichever is shorter for the whole; never splits a code point, and splits a
    joined emoji or a combining sequence only if it alone is longer than a word.
    """
    raw = value.encode()
    quoted_size = sum(1 if octet in _Q_PLAIN or octet == 0x20 else 3 for octet in raw)
    encode = _as_q if quoted_size <= len(raw) * 4 / 3 + 2 else _as_b
    kept = ""
    limit = first
    for cluster in _clusters(value):
        for part in [cluster] if len(encode(cluster)) <= _WORD_LIMIT else list(cluster):
            if kept and len(encode(kept + part)) > limit:
                yield encode(kept)
                kept, limit = "", _WORD_LIMIT
            kept += part
    yield encode(kept)


def _as_q(text: str) -> str:
    shown = "".join(
        "_" if octet == 0x20 else chr(octet) if octet in _Q_PLAIN else f"={octet:02X}"
        for octet in text.encode()
    )
    return f"=?utf-8?q?{shown}?="


def _as_b(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def _clusters(value: str) -> Iterator[str]:
    """Roughly the characters a reader sees: marks, joiners and skin tones stay with their base."""
    cluster = ""
    for character in value:
        if cluster and (_joins(character) or cluster.endswith("\u200d")):
            cluster += character
            continue
        if cluster:
            yield cluster
        cluster = character
    if cluster:
        yield cluster


def _joins(character: str) -> bool:
    if character == "\u200d" or 0x1F3FB <= ord(character) <= 0x1F3FF:
        return True
    return unicodedata.category(character) in {"Mn", "Me", "Mc"}
