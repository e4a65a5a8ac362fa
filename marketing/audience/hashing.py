"""The address hash: what joins contact, standing, request and suppression, and outlives erasure.

Its key stays outside the database and is never rotated (architecture 5).
"""

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings


def address_hash(key: str) -> bytes:
    """HMAC-SHA-256 (32 bytes) of an address key as `read_address` makes it."""
    return hmac.digest(settings.ADDRESS_HASH_KEY.encode(), key.encode(), hashlib.sha256)


def address_hashes(keys: Iterable[str]) -> list[bytes]:
    """The hashes of many keys, in their order."""
    secret = settings.ADDRESS_HASH_KEY.encode()
    return [hmac.digest(secret, key.encode(), "sha256") for key in keys]
