"""Reads the domain of an address: A-label form for machines, U-label form for eyes. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

import idna

LONGEST_LABEL: Final = 63  # octets, RFC 1035 2.3.4
_NOT_PUBLIC: Final = frozenset({"localhost", "local", "internal"})
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?")
_NO_HOST_CHARACTER: Final = re.compile(r"[\x00-,/:-@\[-^`{-\x7f\s]")


@dataclass(frozen=True)
class Domain:
    """`ascii`: lower-case A-labels. `shown`: U-labels, unless one holds an invisible character."""

    ascii: str
    shown: str
    changed: bool


class BadDomain(ValueError):
    """No domain we take; `reason` is one of the codes of `addresses.SENTENCES`."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def read_domain(text: str) -> Domain:
    """The domain in `text`, or BadDomain. One dot at the end is removed (and `changed` says so)."""
    if text.startswith("[") and text.endswith("]"):
        raise BadDomain("address_literal")
    if _NO_HOST_CHARACTER.search(text):
        raise BadDomain("syntax")
    mapped = _mapped(text)
    name = mapped.removesuffix(".")
    labels = name.split(".")
    if not all(labels):
        raise BadDomain("empty_label")
    ascii_labels = [_a_label(label) for label in labels]
    last = ascii_labels[-1]
    if len(ascii_labels) < 2 or last in _NOT_PUBLIC:
        raise BadDomain("no_public_domain")
    if last.isdigit():
        raise BadDomain("host_name")
    return Domain(
        ascii=".".join(ascii_labels),
        shown=".".join(_shown(label) for label in ascii_labels),
        changed=name != unicodedata.normalize("NFC", text.lower()),
    )


def readable(name: str) -> str:
    """A stored domain for eyes: "vélo.example". What could pass for another one has both forms.

    Without risk is only what a reader can tell apart: the letters a to z, with accents or without.
    """
    if "xn--" not in name:
        return name
    try:
        shown = read_domain(name).shown
    except BadDomain:
        return name
    plain = unicodedata.normalize("NFD", shown)
    is_plain = all(each.isascii() or unicodedata.combining(each) for each in plain)
    return shown if is_plain else f"{shown} ({name})"


def _mapped(text: str) -> str:
    if text.isascii():
        return text.lower()
    try:
        return idna.uts46_remap(text, std3_rules=False, transitional=False)
    except idna.IDNAError:
        raise BadDomain("host_name") from None


def _a_label(label: str) -> str:
    if label.isascii():
        if len(label) > LONGEST_LABEL:
            raise BadDomain("too_long")
        if not _LABEL.fullmatch(label):
            raise BadDomain("host_name")
        if label.startswith("xn--"):
            _u_label(label)
        elif label[2:4] == "--":
            raise BadDomain("host_name")
        return label
    try:
        return idna.alabel(label).decode("ascii")
    except idna.IDNAError as error:
        too_long = "too long" in str(error).lower()
        raise BadDomain("too_long" if too_long else "host_name") from None


def _u_label(label: str) -> str:
    try:
        shown = idna.ulabel(label)
        if idna.alabel(shown).decode("ascii") != label:
            raise BadDomain("host_name")
    except (idna.IDNAError, UnicodeError):
        raise BadDomain("host_name") from None
    return shown


def _shown(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    shown = _u_label(label)
    invisible = any(unicodedata.category(character) == "Cf" for character in shown)
    return label if invisible else shown
