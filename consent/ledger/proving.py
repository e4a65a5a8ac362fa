"""Imported proofs of people whose address nothing was recorded about: a batch at import speed.

Writes what `recording.append` and `deriving.derive_standing` would, in three statements and without
reading the ledger; a test compares. Everybody else's proofs go through `append`.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from os import urandom
from typing import Any, Final, NamedTuple

from django.db import connection

from consent.ledger.chain import canonical, link
from consent.ledger.entries import Entry
from consent.ledger.recording import lock
from consent.signals import standing_changed
from marketing.audience.bulk import contacts_knowing
from marketing.staging import stage

_KINDS: Final = {"address": "address", "source": "source", "proof": "text"}  # kind -> of Proof
_COLUMNS: Final = {
    "seq": "bigint",
    "address_hash": "bytea",
    "at": "timestamptz",
    "body": "text",
    "prev_hash": "bytea",
    "hash": "bytea",
    **dict.fromkeys(("address_salt", "source_salt", "proof_salt"), "bytea"),
    **dict.fromkeys(_KINDS, "text"),
}
_SALT: Final = 16
_MARK_HASH: Final = b"\xff" * 32
_MARK_SEQ: Final = -1

_RECORDS: Final = """
INSERT INTO consent_record (account_id, seq, at, event, purpose, act, address_hash, import_id,
    member_id, body, prev_hash, hash)
SELECT %(account)s, p.seq, %(at)s, 'imported', 'newsletter', 'import_proof', p.address_hash,
    %(import)s, %(member)s, p.body, p.prev_hash, p.hash FROM staged_proof p
"""
_PRIVATE: Final = f"""
INSERT INTO consent_private (account_id, seq, kind, salt, value)
SELECT %(account)s, p.seq, v.* FROM staged_proof p
CROSS JOIN LATERAL (VALUES {", ".join(f"('{k}', p.{k}_salt, p.{k})" for k in sorted(_KINDS))})
    v(kind, salt, value)
WHERE v.value <> ''
"""
_STANDING: Final = """
INSERT INTO standing (account_id, address_hash, newsletter, newsletter_at, newsletter_seq,
    newsletter_imported, tracking, suppressed)
SELECT %(account)s, p.address_hash, 'agreed', p.at, p.seq, true, '', '' FROM staged_proof p
"""


class Proof(NamedTuple):
    """The yes of one person as a file states it. `source` says in words where in which file.

    The texts are short and hold no NUL: nothing is cut here.
    """

    address_hash: bytes
    address: str
    source: str
    text: str
    at: datetime


class ImportOf(NamedTuple):
    """What is the same for all proofs of a batch; `at` is when they are imported."""

    account_id: int
    import_id: int
    member_id: int | None
    at: datetime


def prove(of: ImportOf, proofs: Sequence[Proof], *, just_met: bool) -> None:
    """Append a record per proof, each address once and none with a standing so far; they agreed.

    `just_met`: their contacts were made in this very transaction, as agreed already; so no message
    waits for them, and nobody needs to hear of it. Call inside `use_account`.
    """
    if not proofs:
        return
    of = of._replace(at=_to_the_millisecond(of.at))
    parameters: dict[str, Any] = {
        "account": of.account_id,
        "import": of.import_id,
        "member": of.member_id,
        "at": of.at,
    }
    seq, head = lock(of.account_id)
    with connection.cursor() as cursor:
        stage(cursor, "staged_proof", _COLUMNS, _chained(of, proofs, seq=seq, head=head))
        cursor.execute(_RECORDS, parameters)
        cursor.execute(_PRIVATE, parameters)
        with contacts_knowing(cursor, known=just_met):
            cursor.execute(_STANDING, parameters)
    if just_met:
        return
    standing_changed.send(
        sender=None,
        account_id=of.account_id,
        address_hashes=[proof.address_hash for proof in proofs],
        change="agreed",
        reason="agreed",
        at=of.at,
    )


def _chained(
    of: ImportOf, proofs: Sequence[Proof], *, seq: int, head: bytes
) -> Iterator[tuple[Any, ...]]:
    """The rows of the staged table, each hashed after the one before."""
    salts = _salts(len(proofs))
    for proof, salt, other, third in zip(proofs, salts, salts, salts, strict=False):
        seq += 1
        address_hash, address, source, text, said_at = proof
        at = _to_the_millisecond(said_at)
        proved = (sha256(third + text.encode()).hexdigest(),) if text else ()
        body = _pattern(of, at, with_text=bool(text)) % (
            seq,
            address_hash.hex(),
            sha256(salt + address.encode()).hexdigest(),
            *proved,
            sha256(other + source.encode()).hexdigest(),
        )
        before, head = head, link(head, body)
        yield seq, address_hash, at, body, before, head, salt, other, third, address, source, text


def _salts(people: int) -> Iterator[bytes]:
    """Three for each; asked for one by one they would cost more than the hashes."""
    random = urandom(3 * _SALT * people)
    return (random[first : first + _SALT] for first in range(0, len(random), _SALT))


@lru_cache(4096)
def _pattern(of: ImportOf, at: datetime, *, with_text: bool) -> str:
    """The canonical text of such a record with gaps, in the order number, address, private values.

    Made by `canonical` itself with marks where the gaps are.
    """
    entry = Entry(
        event="imported",
        act="import_proof",
        address_hash=_MARK_HASH,
        at=of.at,
        import_id=of.import_id,
        member_id=of.member_id,
        proof_at=at,
    )
    kinds = [kind for kind in sorted(_KINDS) if kind != "proof" or with_text]
    marks = {kind: f"GAP{kind}" for kind in kinds}
    text = canonical(entry, account_id=of.account_id, seq=_MARK_SEQ, private=marks)
    text = text.replace(f"\nseq={_MARK_SEQ}\n", "\nseq=%d\n", 1)
    for mark in (_MARK_HASH.hex(), *marks.values()):
        text = text.replace(mark, "%s", 1)
    return text


@lru_cache(4096)
def _to_the_millisecond(at: datetime) -> datetime:
    """As times are chained."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
