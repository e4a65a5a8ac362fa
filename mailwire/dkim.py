"""DKIM signatures (RFC 6376, 8301, 8463): RSA and Ed25519 side by side, one pass over a message.

Relaxed canonicalisation of headers and body, no body length, signed last. RSA takes a millisecond
of pure computing outside Python's lock: call `signed` in a thread pool, as many threads as cores,
and never in an event loop. The engine does `await loop.run_in_executor(pool, signer.signed, raw)`.
"""

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from textwrap import wrap
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from mailwire.quoting import is_relaxed

PrivateKey = RSAPrivateKey | Ed25519PrivateKey

# "Oversigned", named once more than they occur: one added on the way breaks the signature.
_GUARDED = (
    *("from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"),
    *("list-unsubscribe", "list-unsubscribe-post"),
)
_ALSO_SIGNED = ("list-id", "feedback-id", "content-transfer-encoding", "auto-submitted")
_SMALLEST_RSA = 2048
_FIELD_END = re.compile(rb"\r\n(?![ \t])")
_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")
_LINE = 72


class Signer(Protocol):
    """Whoever signs messages just before they leave; a letter is signed again for each attempt."""

    def signed(self, raw: bytes, *, is_relaxed: bool = False) -> bytes:
        """The message with its signatures in front. Thread-safe, slow: not for an event loop.

        `is_relaxed`: its body is known to be in relaxed form, nobody need look for it.
        """
        ...


@dataclass(frozen=True)
class DkimKey:
    """A private key and the selector under which its public half is published."""

    selector: str
    private: PrivateKey

    @classmethod
    def from_pem(cls, selector: str, pem: bytes) -> "DkimKey":
        """Raises ValueError: not a key, neither RSA nor Ed25519, or RSA under 2048 bits."""
        private = load_pem_private_key(pem, password=None)
        if isinstance(private, RSAPrivateKey) and private.key_size < _SMALLEST_RSA:
            raise ValueError(f"An RSA key of {private.key_size} bits is too short for DKIM")
        if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError("DKIM knows RSA and Ed25519 keys only")
        return cls(selector, private)

    @property
    def algorithm(self) -> str:
        """The `a=` of its signatures."""
        return "rsa-sha256" if isinstance(self.private, RSAPrivateKey) else "ed25519-sha256"

    @property
    def record(self) -> str:
        """What to publish as TXT at `<selector>._domainkey.<domain>`."""
        public = self.private.public_key()
        if isinstance(self.private, RSAPrivateKey):
            octets = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return f"v=DKIM1; k=rsa; p={b64encode(octets).decode()}"
        octets = public.public_bytes(Encoding.Raw, PublicFormat.Raw)  # RFC 8463 4.2
        return f"v=DKIM1; k=ed25519; p={b64encode(octets).decode()}"

    def signature(self, hashed: bytes) -> bytes:
        """The signature over the canonical headers."""
        if isinstance(self.private, RSAPrivateKey):
            return self.private.sign(hashed, PKCS1v15(), SHA256())
        return self.private.sign(sha256(hashed).digest())  # RFC 8463 3: the hash is signed


class DkimSigner:
    """Signs for one domain with all its keys. Keeps nothing per message: any thread may call it."""

    def __init__(self, domain: str, keys: Sequence[DkimKey]) -> None:
        for name in (domain, *(key.selector for key in keys)):
            if not _NAME.fullmatch(name):
                raise ValueError(f"Not a domain or selector: {name!r}")
        self._domain = domain
        self._keys = tuple(keys)

    def signed(self, raw: bytes, *, is_relaxed: bool = False) -> bytes:
        """The message with a DKIM-Signature for each key in front of it."""
        end = raw.find(b"\r\n\r\n")
        end = len(raw) if end < 0 else end
        names, headers = _chosen(raw[:end])
        hashed = hash_of_body(raw, end + 4, is_known_relaxed=is_relaxed)
        body_hash = b64encode(hashed).decode()
        told = f" h={_folded_names(tuple(names))};\r\n bh={body_hash};\r\n b="
        return b"".join([*(self._field(key, told, headers) for key in self._keys), raw])

    def _field(self, key: DkimKey, told: str, headers: bytes) -> bytes:
        field = (
            f"DKIM-Signature: v=1; a={key.algorithm}; c=relaxed/relaxed;\r\n"
            f" d={self._domain}; s={key.selector};\r\n{told}"
        ).encode()
        # A signature covers its own field too, with b= empty and without the last line end.
        signature = b64encode(key.signature(headers + canonical_header(field)))
        lines = [signature[at : at + _LINE] for at in range(0, len(signature), _LINE)]
        return field + b"\r\n ".join(lines) + b"\r\n"


def canonical_header(field: bytes) -> bytes:
    """One field without its last line end, relaxed (RFC 6376 3.4.2)."""
    name, _, value = field.partition(b":")
    return name.strip().lower() + b":" + b" ".join(value.split())


def hash_of_body(raw: bytes, start: int, *, is_known_relaxed: bool = False) -> bytes:
    """The hash of the relaxed body that begins at `start`; hashed where it stands if it is so."""
    if not is_known_relaxed and not is_relaxed(raw, start):
        return sha256(canonical_body(raw[start:])).digest()
    end = len(raw)
    while end > start and raw[end - 1] in b"\r\n":
        end -= 1
    if end <= start:
        return sha256(b"").digest()
    hashed = sha256(memoryview(raw)[start:end])
    hashed.update(b"\r\n")
    return hashed.digest()


def canonical_body(body: bytes) -> bytes:
    """The body, relaxed (RFC 6376 3.4.4). Replacing is far quicker here than an expression."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _chosen(head: bytes) -> tuple[list[str], bytes]:
    """The names for h=, and the canonical fields in the same order (the last of a name first)."""
    present: dict[str, list[bytes]] = {}
    for field in _FIELD_END.split(head):
        name = field.partition(b":")[0].decode("ascii", "replace").strip().lower()
        present.setdefault(name, []).insert(0, field)
    names: list[str] = []
    fields: list[bytes] = []
    for name in (*_GUARDED, *_ALSO_SIGNED):
        found = present.get(name, [])
        fields += [canonical_header(field) + b"\r\n" for field in found]
        names += [name] * (len(found) + (name in _GUARDED))
    return names, b"".join(fields)


@lru_cache(maxsize=256)
def _folded_names(names: tuple[str, ...]) -> str:
    """Folded at colons only."""
    lines = wrap(": ".join(names), _LINE, break_on_hyphens=False)
    return "\r\n  ".join(lines).replace(": ", ":")
