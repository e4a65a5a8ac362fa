"""Appending to the ledger: records, private values, suppression, standing, and the signal.

The account's ledger lock is held until the transaction ends, so append last and commit soon; who
also locks chunks or recipients appends first (one order of locks everywhere).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from os import urandom
from typing import Any, Final, NamedTuple

from django.db import connection

from consent.ledger.chain import START, canonical, link
from consent.ledger.deriving import Said, derive_standing, standing_before
from consent.ledger.entries import PRIVATE, Entry
from consent.signals import standing_changed
from marketing.staging import stage
from marketing.tenancy import current_account_id

BATCH: Final = 20_000
_SUPPRESSING: Final = {"complained": "complaint", "bounced": "bounce"}
_BY_IMPORT: Final = ("import_claim", "import_proof")
_LONGEST: Final = 4_000  # characters of a private value

_COLUMNS: Final = {
    "seq": "bigint",
    "at": "timestamptz",
    "event": "text",
    "purpose": "text",
    "act": "text",
    "address_hash": "bytea",
    **dict.fromkeys(("contact_id", "campaign_id", "request_id", "import_id"), "bigint"),
    **dict.fromkeys(("member_id", "text_version_id"), "bigint"),
    "body": "text",
    "prev_hash": "bytea",
    "hash": "bytea",
}
_PRIVATE_COLUMNS: Final = {"seq": "bigint", "kind": "text", "salt": "bytea", "value": "text"}
_MANY: Final = 500  # rows from which a staged table is faster than arrays
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


class _Written(NamedTuple):
    seq: int
    entry: Entry
    body: str
    before: bytes
    hash: bytes
    private: tuple[tuple[str, bytes, str], ...]  # kind, salt, value


def append(account_id: int, entries: Iterable[Entry]) -> list[int]:
    """Append the entries in their order, all or none; returns their numbers (seq).

    Call inside `use_account`. Writes suppression and standing in the same transaction and sends
    `standing_changed` for what changed. Imports append in transactions of at most 20,000.
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
    texts: dict[str, Any] = {
        name: value for name in PRIVATE.values() if (value := getattr(entry, name))
    }
    plain: dict[str, Any] = {name: _plain(value) for name, value in texts.items()}
    at = entry.at.replace(microsecond=entry.at.microsecond // 1000 * 1000)
    detail = _plain(entry.detail)[:300]
    if (plain, at, detail) == (texts, entry.at, entry.detail) and type(entry.address_hash) is bytes:
        return entry  # nearly always: a copy costs more than the hash of the record
    return replace(entry, at=at, address_hash=bytes(entry.address_hash), detail=detail, **plain)


def _plain(text: str) -> str:
    return text.replace("\x00", "")[:_LONGEST]


def _chained(entry: Entry, *, account_id: int, seq: int, before: bytes) -> _Written:
    private = []
    hashes = {}
    for kind, attribute in PRIVATE.items():
        if value := getattr(entry, attribute):
            salt = urandom(16)
            private.append((kind, salt, value))
            hashes[kind] = sha256(salt + value.encode()).hexdigest()
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
    _insert(account_id, "consent_record", _COLUMNS, rows)
    _insert(account_id, "consent_private", _PRIVATE_COLUMNS, private)


def _insert(
    account_id: int, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """One statement for all rows."""
    if not rows:
        return
    names = ", ".join(columns)
    into = f"INSERT INTO {table} (account_id, {names}) SELECT %s, r.* FROM"
    with connection.cursor() as cursor:
        if len(rows) < _MANY:
            arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
            values = [list(column) for column in zip(*rows, strict=True)]
            cursor.execute(f"{into} unnest({arrays}) AS r", [account_id, *values])
        else:
            stage(cursor, f"staged_{table}", columns, rows)
            cursor.execute(f"{into} staged_{table} AS r", [account_id])


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
