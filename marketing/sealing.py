"""Seals passwords and keys of accounts: AES-256-GCM, the key in the settings, not the database.

What is sealed for one purpose and account opens for no other. CREDENTIALS_KEY may list several
keys: the first seals, all open, so that a key can be changed without losing anything.
"""

import hashlib
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

_VERSION = b"\x01"
_NONCE = 12


class NoKey(Exception):
    """CREDENTIALS_KEY is not set: nothing can be kept."""


class NotOpened(Exception):
    """Sealed with a key that is not there any more, or for another account."""


def may_seal() -> bool:
    """The operator has set a key."""
    return bool(_keys())


def seal(purpose: str, account_id: int, text: str) -> bytes:
    """Raises NoKey."""
    keys = _keys()
    if not keys:
        raise NoKey
    nonce = os.urandom(_NONCE)
    return (
        _VERSION
        + nonce
        + AESGCM(keys[0]).encrypt(nonce, text.encode(), _bound(purpose, account_id))
    )


def unseal(purpose: str, account_id: int, sealed: bytes) -> str:
    """Raises NotOpened."""
    if sealed[:1] != _VERSION:
        raise NotOpened
    bound = _bound(purpose, account_id)
    nonce, rest = sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :]
    for key in _keys():
        try:
            return AESGCM(key).decrypt(nonce, rest, bound).decode()
        except InvalidTag:
            continue
    raise NotOpened


def _keys() -> list[bytes]:
    named = str(getattr(settings, "CREDENTIALS_KEY", "")).split(",")
    # Stretched to 256 bits; the operator is told to make it of 48 random characters.
    return [hashlib.sha256(b"assent:" + key.strip().encode()).digest() for key in named if key]


def _bound(purpose: str, account_id: int) -> bytes:
    return f"{purpose}:{account_id}".encode()
