"""Signed tokens for links and addresses in mails. Standard library only: the endpoint shares it.

A token is version, key id and up to three numbers, then a 128-bit MAC over all of them and the
purpose. Each purpose has its own derived key, so a token of one purpose says nothing elsewhere.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from hashlib import _Hash as Hash

VERSION: Final = 1
MAC_LENGTH: Final = 16
LARGEST: Final = 2**63 - 1  # a bigint of PostgreSQL

# What each purpose's numbers `a` and `b` mean beside the account.
PURPOSES: Final = {
    "track": "pixel and links of a mail: campaign, contact",
    "leave": "stopping things from a mail: campaign, contact",
    "answer": "a consent request's page: request",
    "choices": "the preference page with data: fresh link",
    "come_back": "starting again after leaving: fresh link",
    "hook": "the address a provider posts its events to: nothing more",
    "verp": "envelope sender: campaign, contact (a = 0: consent request b)",
    "preview": "a page as a member sees it: form",
}

_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{24,119}")


@dataclass(frozen=True)
class Claims:
    """What a valid token says; what `a` and `b` mean depends on the purpose (PURPOSES)."""

    purpose: str
    account: int
    a: int
    b: int

    @property
    def campaign(self) -> int:
        """`a` of the purposes about a mail."""
        return self.a

    @property
    def contact(self) -> int:
        """`b` of the purposes about a mail."""
        return self.b


class Tokens:
    """Makes and reads tokens; old master keys stay readable, `current` signs new ones."""

    def __init__(self, master_keys: Mapping[int, bytes], current: int) -> None:
        if current not in master_keys or not all(0 <= number < 128 for number in master_keys):
            raise ValueError("Key ids are 0 to 127, and the current one must be among them.")
        if not all(master_keys.values()):
            raise ValueError("A master key is empty.")
        self._current = current
        self._begun = lru_cache(maxsize=1024)(self._begin)
        self._macs = {
            (purpose, number): _Mac(key, purpose)
            for purpose in PURPOSES
            for number, key in master_keys.items()
        }

    @classmethod
    def from_setting(cls, text: str) -> "Tokens":
        """From TOKEN_KEY: one secret, or "2:new secret,1:old secret" after a change of keys."""
        if not re.match(r"\d{1,3}:", text):
            return cls({1: text.encode()}, 1)
        pairs = [pair.partition(":") for pair in text.split(",")]
        keys = {int(number): key.encode() for number, _, key in pairs}
        return cls(keys, int(pairs[0][0]))

    def make(self, purpose: str, account: int, a: int, b: int = 0) -> str:
        """The one text for these claims: base64url without padding, under 120 characters."""
        return spelled(self.raw(purpose, account, a, b))

    def raw(self, purpose: str, account: int, a: int, b: int = 0) -> bytes:
        """The octets that `make` writes as text, for places that spell them another way."""
        return self._begun(purpose, self._current, account, a).signed(b)

    def read(self, purpose: str, token: str) -> Claims | None:
        """The claims, or None for anything that `make` did not produce, to the last bit."""
        if purpose not in PURPOSES:
            raise ValueError(f"Unknown purpose {purpose}.")
        if not _TOKEN.fullmatch(token) or len(token) % 4 == 1:
            return None
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
        number, numbers = _unpacked(raw[:-MAC_LENGTH])
        if numbers is None or (purpose, number) not in self._macs:
            return None
        # Comparing the whole text makes every other spelling of the same bytes invalid.
        if not hmac.compare_digest(self._signed(purpose, number, numbers), token):
            return None
        return Claims(purpose, *numbers)

    def _signed(self, purpose: str, number: int, numbers: tuple[int, int, int]) -> str:
        account, a, b = numbers
        return spelled(self._begun(purpose, number, account, a).signed(b))

    def _begin(self, purpose: str, number: int, account: int, a: int) -> "_Begun":
        if (purpose, number) not in self._macs:
            raise ValueError(f"Unknown purpose {purpose}.")
        head = bytes([VERSION, number]) + _varint(account) + _varint(a)
        return _Begun(head, *self._macs[purpose, number].begun_with(head))


class _Mac:
    """HMAC-SHA-256 (RFC 2104) begun once for all tokens of a purpose: a third of hmac's time."""

    def __init__(self, master_key: bytes, purpose: str) -> None:
        key = hmac.digest(master_key, f"assent:{purpose}".encode(), hashlib.sha256)
        block = key.ljust(64, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._inner.update(purpose.encode() + b"\0")
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def begun_with(self, head: bytes) -> "tuple[Hash, Hash]":
        """The inner hash that has read a head already, and the outer one."""
        inner = self._inner.copy()
        inner.update(head)
        return inner, self._outer


@dataclass(frozen=True, slots=True)
class _Begun:
    """What all tokens of one campaign and purpose share; one number is left to each."""

    head: bytes
    inner: "Hash"
    outer: "Hash"

    def signed(self, b: int) -> bytes:
        """The whole token."""
        number = _varint(b)
        inner, outer = self.inner.copy(), self.outer.copy()
        inner.update(number)
        outer.update(inner.digest())
        return self.head + number + outer.digest()[:MAC_LENGTH]


def spelled(raw: bytes) -> str:
    """The octets of a token as text: base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


# A mail has three tokens of the same number.
@lru_cache(maxsize=256)
def _varint(value: int) -> bytes:
    if not 0 <= value <= LARGEST:
        raise ValueError(f"{value} does not fit a token.")
    pieces = bytearray()
    while value > 0x7F:
        pieces.append(value & 0x7F | 0x80)
        value >>= 7
    pieces.append(value)
    return bytes(pieces)


def _unpacked(body: bytes) -> tuple[int, tuple[int, int, int] | None]:
    """Key id and the three numbers; None instead of them when the body has another shape."""
    if len(body) < 5 or body[0] != VERSION:
        return 0, None
    numbers: list[int] = []
    value = shift = 0
    for byte in body[2:]:
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            numbers.append(value)
            value = shift = 0
    if len(numbers) != 3 or shift or max(numbers) > LARGEST:
        return 0, None
    return body[1], (numbers[0], numbers[1], numbers[2])
