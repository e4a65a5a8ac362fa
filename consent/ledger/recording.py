"""Appending to the ledger: records, private values, suppression, standing, and the signal.

The account's ledger lock is held until the transaction ends, so append last and commit soon; who
also locks chunks or recipients appends first (one order of locks everywhere).
"""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice
from typing import Any, Final

from django.db import connection

from consent.ledger.chain import START, canonical, link
from consent.ledger.deriving import Said, derive_standing, standing_before
from consent.ledger.entries import PRIVATE, Entry
from consent.signals import standing_changed
from marketing.tenancy import current_account_id

BATCH: Final = 5_000
_SUPPRESSING: Final = {"complained": "complaint", "bounced": "bounce"}
_BY_IMPORT: Final = ("import_claim", "import_proof")
_LONGEST: Final = 4_000  # characters of a private value

_RECORDS: Final = """
INSERT INTO consent_record (account_id, seq, at, event, purpose, act, address_hash, contact_id,
    campaign_id, request_id, import_id, member_id, text_version_id, body, prev_hash, hash)
SELECT %s, r.* FROM unnest(%s::bigint[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
    %s::bytea[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
    %s::bigint[], %s::text[], %s::bytea[], %s::bytea[]) AS r
"""
_PRIVATE: Final = """
INSERT INTO consent_private (account_id, seq, kind, salt, value)
SELECT %s, p.* FROM unnest(%s::bigint[], %s::text[], %s::bytea[], %s::text[]) AS p
"""
_SUPPRESS: Final = """
INSERT INTO suppression (account_id, address_hash, reason, at, note)
SELECT %(account)s, s.* FROM unnest(%(hashes)s::bytea[], %(reasons)s::text[],
    %(at)s::timestamptz[], %(notes)s::text[]) AS s
ON CONFLICT (account_id, address_hash, reason) DO NOTHING
"""
_LIFT: Final = """
DELETE FROM suppression s USING unnest(%(hashes)s::bytea[], %(reasons)s::text[])
    AS l(address_hash, reason)
WHERE s.account_id = %(account)s AND s.address_hash = l.address_hash AND s.reason = l.reason
"""


@dataclass(frozen=True)
class _Written:
    seq: int
    entry: Entry
    body: str
    before: bytes
    hash: bytes
    private: tuple[tuple[str, bytes, str], ...]  # kind, salt, value


def append(account_id: int, entries: Iterable[Entry]) -> list[int]:
    """Append the entries in their order, all or none; returns their numbers (seq).

    Call inside `use_account`. Writes suppression and standing in the same transaction and sends
    `standing_changed` for what changed. Imports append in transactions of at most 5,000.
    """
    if current_account_id() != account_id:
        raise ValueError("The ledger of another account.")
    numbers: list[int] = []
    rest = iter(entries)
    while batch := list(islice(rest, BATCH)):
        numbers += _append_batch(account_id, batch)
    return numbers


def lock(account_id: int) -> tuple[int, bytes]:
    """Hold the account's ledger until the transaction ends; number and hash of its last record."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"ledger:{account_id}"]
        )
        # A statement of its own: its snapshot must be younger than the lock.
        cursor.execute(
            "SELECT seq, hash FROM consent_record WHERE account_id = %s"
            " ORDER BY account_id DESC, seq DESC LIMIT 1",
            [account_id],
        )
        row = cursor.fetchone()
    return (row[0], bytes(row[1])) if row else (0, START)


def _append_batch(account_id: int, entries: Sequence[Entry]) -> list[int]:
    seq, head = lock(account_id)
    written: list[_Written] = []
    for entry in entries:
        seq += 1
        record = _chained(_cleaned(entry), account_id=account_id, seq=seq, before=head)
        head = record.hash
        written.append(record)
    _store(account_id, written)
    _keep_suppressions(account_id, [record.entry for record in written])
    hashes = list({record.entry.address_hash for record in written})
    before = standing_before(account_id, hashes)
    after = derive_standing(account_id, hashes)
    _tell(account_id, before, after, at=max(record.entry.at for record in written))
    return [record.seq for record in written]


def _cleaned(entry: Entry) -> Entry:
    """PostgreSQL stores no NUL; times are kept to the millisecond, as they are chained."""
    at = entry.at.replace(microsecond=entry.at.microsecond // 1000 * 1000)
    texts: dict[str, Any] = {name: _plain(getattr(entry, name)) for name in PRIVATE.values()}
    detail = _plain(entry.detail)[:300]
    return replace(entry, at=at, address_hash=bytes(entry.address_hash), detail=detail, **texts)


def _plain(text: str) -> str:
    return text.replace("\x00", "")[:_LONGEST]


def _chained(entry: Entry, *, account_id: int, seq: int, before: bytes) -> _Written:
    private = []
    hashes = {}
    for kind, attribute in PRIVATE.items():
        if value := getattr(entry, attribute):
            salt = secrets.token_bytes(16)
            private.append((kind, salt, value))
            hashes[kind] = hashlib.sha256(salt + value.encode()).hexdigest()
    body = canonical(entry, account_id=account_id, seq=seq, private=hashes)
    return _Written(seq, entry, body, before, link(before, body), tuple(private))


def _store(account_id: int, written: Sequence[_Written]) -> None:
    rows = [
        (
            record.seq,
            record.entry.at,
            record.entry.event,
            record.entry.purpose,
            record.entry.act,
            record.entry.address_hash,
            record.entry.contact_id,
            record.entry.campaign_id,
            record.entry.request_id,
            record.entry.import_id,
            record.entry.member_id,
            record.entry.text_version,
            record.body,
            record.before,
            record.hash,
        )
        for record in written
    ]
    private = [(record.seq, *value) for record in written for value in record.private]
    with connection.cursor() as cursor:
        cursor.execute(_RECORDS, [account_id, *_columns(rows)])
        if private:
            cursor.execute(_PRIVATE, [account_id, *_columns(private)])


def _columns(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _keep_suppressions(account_id: int, entries: Sequence[Entry]) -> None:
    """Rows of suppression, in the order of the entries: block, lift, block again."""
    # Order matters only where lifts and blocks are mixed; thousands of one kind are one statement.
    lifts = [entry.event == "unblocked" for entry in entries]
    if all(lifts):
        _lift(account_id, entries)
    elif any(lifts):
        _keep_one_by_one(account_id, entries)
    else:
        _suppress(account_id, [entry for entry in entries if reason_of(entry)])


def _keep_one_by_one(account_id: int, entries: Sequence[Entry]) -> None:
    for entry in entries:
        if entry.event == "unblocked":
            _lift(account_id, [entry])
        elif reason_of(entry):
            _suppress(account_id, [entry])


def _lift(account_id: int, entries: Sequence[Entry]) -> None:
    params: dict[str, Any] = {
        "account": account_id,
        "hashes": [entry.address_hash for entry in entries],
        "reasons": [entry.detail for entry in entries],
    }
    with connection.cursor() as cursor:
        cursor.execute(_LIFT, params)


def _suppress(account_id: int, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    params: dict[str, Any] = {
        "account": account_id,
        "hashes": [entry.address_hash for entry in entries],
        "reasons": [reason_of(entry) for entry in entries],
        "at": [entry.at for entry in entries],
        "notes": [(entry.source or entry.server_reply)[:300] for entry in entries],
    }
    with connection.cursor() as cursor:
        cursor.execute(_SUPPRESS, params)


def reason_of(entry: Entry) -> str:
    """The suppression reason an entry brings; "" for all others."""
    if entry.event == "blocked":
        return "import" if entry.act in _BY_IMPORT else "member"
    return _SUPPRESSING.get(entry.event, "")


def _tell(account_id: int, before: Said, after: Said, *, at: datetime) -> None:
    """One signal per kind of change; suppression last, it is the strongest word."""
    changes: defaultdict[tuple[str, str], list[bytes]] = defaultdict(list)
    for address_hash, (newsletter, suppressed) in after.items():
        was_newsletter, was_suppressed = before.get(address_hash, ("", ""))
        if newsletter != was_newsletter:
            change = newsletter if newsletter in ("agreed", "refused") else "left"
            changes[change, newsletter].append(address_hash)
        if suppressed and suppressed != was_suppressed:
            changes["suppressed", f"suppressed_{suppressed}"].append(address_hash)
    for (change, reason), hashes in sorted(changes.items()):
        standing_changed.send(
            sender=None,
            account_id=account_id,
            address_hashes=hashes,
            change=change,
            reason=reason,
            at=at,
        )
