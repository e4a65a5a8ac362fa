"""Reads one email address as a person typed it: the only place that decides what is valid.

Pure. `send_to` goes into SMTP and To, `key` is compared and hashed, `display` is shown.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

from marketing.audience.domains import BadDomain, read_domain, readable

Flag: TypeAlias = Literal["trimmed", "smtputf8", "unusual", "normalised"]

LONGEST_LOCAL_PART: Final = 64  # octets, RFC 5321 4.5.3.1.1
LONGEST_ADDRESS: Final = 254  # octets, RFC 5321 4.5.3.1.3 with RFC 3696 erratum 1690
LONGEST_READ: Final = 1000  # characters; what is longer is not looked at, whoever wrote it

SENTENCES: Final = {
    "syntax": "This is not an email address. It should look like name@example.com.",
    "display_name": "Enter the address only, without a name or angle brackets.",
    "two_addresses": "Enter one address only. There is more than one here.",
    "empty_label": "Two dots stand side by side after the @ sign, or one stands at its edge.",
    "dot_placement": "The part before the @ sign can not start or end with a dot, "
    "nor have two in a row.",
    "no_public_domain": "The part after the @ sign is not a public domain, like example.com.",
    "address_literal": "Addresses with an IP number in brackets are not accepted.",
    "host_name": "The part after the @ sign is not a valid domain name.",
    "control_character": "The address contains a control character. Type it again by hand.",
    "invisible_or_lookalike": "The address contains an invisible character or one that only "
    "looks like another. Type it again by hand.",
    "too_long": "The address is too long.",
}

# Letters, digits and the commonest signs: what needs no further look but the domain's.
_PLAIN: Final = re.compile(r"([A-Za-z0-9_+-]+(?:\.[A-Za-z0-9_+-]+)*)@([A-Za-z0-9.-]+)")
_domain_of: Final = lru_cache(4096)(read_domain)
_ATEXT: Final = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~"
)
_DOTS: Final = "\u3002\uff0e\uff61"  # label separators besides "." (UTS 46)
_FLAG_ORDER: Final[tuple[Flag, ...]] = ("trimmed", "smtputf8", "unusual", "normalised")


class Address(NamedTuple):
    """An accepted address; `flags` are told to whoever typed it."""

    send_to: str
    key: str
    display: str
    flags: tuple[Flag, ...] = ()


class BadAddress(ValueError):
    """No address we take; `reason` is a code of SENTENCES, `text` an English sentence."""

    def __init__(self, reason: str, text: str = "") -> None:
        self.reason = reason
        self.text = text or SENTENCES[reason]
        super().__init__(self.text)


def read_address(text: str) -> Address:
    """The address in `text`, or BadAddress. Blanks around it are removed, nothing is guessed."""
    return _plain_address(text) or _any_address(text)


def readable_address(address: str) -> str:
    """A stored address for eyes, its domain as in `domains.readable`; "" stays ""."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{readable(domain)}"


def _plain_address(text: str) -> Address | None:
    """The address if it is one of the plain kind, as nearly all are; else None, good or bad."""
    if len(text) > LONGEST_LOCAL_PART or not (found := _PLAIN.fullmatch(text)):
        return None
    local, domain_text = found.groups()
    try:
        domain = _domain_of(domain_text)
    except BadDomain:
        return None
    shown, key = f"{local}@{domain.ascii}", f"{local.lower()}@{domain.ascii}"
    if domain.shown != domain.ascii or domain.changed:
        return None
    return Address(send_to=shown, key=key, display=shown)


def _any_address(text: str) -> Address:
    bare = text.strip()
    if len(bare) > LONGEST_READ:
        raise BadAddress("too_long")
    _refuse_odd_characters(bare)
    _refuse_more_than_an_address(bare)
    local_text, domain_text = _split(bare)
    local, unusual = _read_local_part(local_text)
    try:
        domain = read_domain(domain_text)
    except BadDomain as bad:
        raise _with_hint(bad.reason, bare) from None
    send_to = f"{local}@{domain.ascii}"
    if len(local.encode()) > LONGEST_LOCAL_PART or len(send_to.encode()) > LONGEST_ADDRESS:
        raise BadAddress("too_long")
    found = {
        "trimmed": bare != text,
        "smtputf8": not local.isascii(),
        "unusual": unusual,
        "normalised": domain.changed or local != local_text,
    }
    return Address(
        send_to=send_to,
        key=f"{unicodedata.normalize('NFC', local.lower())}@{domain.ascii}",
        display=f"{local}@{domain.shown}",
        flags=tuple(flag for flag in _FLAG_ORDER if found[flag]),
    )


def _refuse_odd_characters(text: str) -> None:
    for character in text:
        if character.isascii():
            if character < " " or character == "\x7f":
                raise BadAddress("control_character")
            continue
        category = unicodedata.category(character)
        if category == "Cc":
            raise BadAddress("control_character")
        if category in ("Cf", "Cs", "Co", "Cn", "Zl", "Zp") or _looks_like_ascii(character):
            raise BadAddress("invisible_or_lookalike")


def _looks_like_ascii(character: str) -> bool:
    """True for the Kelvin sign, full-width letters and the like, which would merge two people."""
    if character in _DOTS or unicodedata.category(character) == "Zs":
        return False
    return unicodedata.normalize("NFKC", character).isascii()


def _refuse_more_than_an_address(text: str) -> None:
    outside_quotes = re.sub(r'"(?:[^"\\]|\\.)*"', "q", text)
    if outside_quotes.count("@") > 1:
        pieces = re.split(r"[,;\s]+", outside_quotes)
        if sum("@" in piece for piece in pieces) > 1:
            raise BadAddress("two_addresses")
        raise BadAddress("syntax", "There is more than one @ sign.")
    if re.search(r"<[^<>]*@[^<>]*>\s*$", outside_quotes):
        raise BadAddress("display_name")


def _split(text: str) -> tuple[str, str]:
    if not text:
        raise BadAddress("syntax", "No email address.")
    quoted = re.match(r'"(?:[^"\\]|\\.)*"(?=@)', text)
    local = quoted.group() if quoted else text.partition("@")[0]
    domain = text[len(local) + 1 :]
    if "@" not in text:
        raise BadAddress("syntax", "There is no @ sign.")
    if not local:
        raise BadAddress("syntax", "The part before the @ sign is missing.")
    if not domain:
        raise BadAddress("syntax", "The part after the @ sign is missing.")
    return local, domain


def _read_local_part(text: str) -> tuple[str, bool]:
    """The local part as it is sent, and whether it needs its quotes."""
    local = unicodedata.normalize("NFC", text)
    if not local.startswith('"'):
        _check_dots(local)
        _check_characters(local)
        return local, False
    content = re.sub(r"\\(.)", r"\1", local[1:-1]) if local.endswith('"') else ""
    if not content or len(local) < 3:
        raise BadAddress("syntax")
    if _is_dot_atom(content):
        return content, False
    escaped = re.sub(r'(["\\])', r"\\\1", content)
    return f'"{escaped}"', True


def _check_dots(local: str) -> None:
    if local.startswith(".") or local.endswith(".") or ".." in local:
        raise BadAddress("dot_placement")


def _check_characters(local: str) -> None:
    for character in local:
        if character == "." or character in _ATEXT:
            continue
        if character.isascii() or unicodedata.category(character) == "Zs":
            raise BadAddress("syntax", _about(character))


def _is_dot_atom(content: str) -> bool:
    try:
        _check_dots(content)
        _check_characters(content)
    except BadAddress:
        return False
    return True


def _about(character: str) -> str:
    if character == " " or unicodedata.category(character) == "Zs":
        return "There is a blank inside the address."
    return f"The character {character} can not stand in an address."


def _with_hint(reason: str, text: str) -> BadAddress:
    """A comma typed for a dot is the commonest slip: the sentence offers the repair, unapplied."""
    if reason == "syntax" and "," in text.rpartition("@")[2]:
        repaired = text.replace(",", ".")
        return BadAddress(reason, f"A comma instead of a dot. Did you mean {repaired}?")
    return BadAddress(reason)
