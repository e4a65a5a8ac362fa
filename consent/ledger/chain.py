"""The canonical text of a record, its hash, and the look at a whole chain.

A body is lines of `name=value` and holds no personal data: salted hashes stand for address, IP,
agent, typed name and the like. hash = sha256(hash of the record before || body in UTF-8); before
the first record stand 32 zero bytes. The first lines repeat the columns, so that a changed column
shows as well as a changed body.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from django.db import connection
from django.utils import timezone

from consent.ledger.entries import Entry
from consent.ledger.models import ChainCheck
from marketing.tenancy import use_account

START: Final = bytes(32)
# Detail of an act by a fresh link: when its mail was handed over.
BY_FRESH_LINK: Final = "fresh link mailed "

# The first lines of a body, from the columns: the same in Python (`canonical`) and in SQL.
_HEAD_SQL: Final = (
    "concat('account=', account_id, E'\\nseq=', seq, E'\\nat=',"
    " to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"'),"
    " E'\\nevent=', event, E'\\npurpose=', purpose, E'\\nact=', act,"
    " E'\\naddress_hash=', encode(address_hash, 'hex'), E'\\ncontact=', contact_id,"
    " E'\\ncampaign=', campaign_id, E'\\nrequest=', request_id, E'\\nimport=', import_id,"
    " E'\\nmember=', member_id, E'\\ntext_version=', text_version_id, E'\\n')"
)

# Each record by itself, so that the server may look at several parts of the ledger at once. CASE
# keeps the order: a body that does not hash is never looked into.
_RECORDS: Final = f"""
SELECT count(*), max(seq), min(seq) FILTER (WHERE CASE
    WHEN hash <> sha256(prev_hash || convert_to(body, 'UTF8')) THEN true
    ELSE NOT starts_with(body, {_HEAD_SQL}) END)
FROM consent_record WHERE account_id = %(account)s
"""

# Each record and the one before; up to the last that was looked at.
_LINKS: Final = """
SELECT min(seq) FILTER (WHERE seq <> seq_before + 1 OR prev_hash <> hash_before),
    (SELECT hash FROM consent_record WHERE account_id = %(account)s AND seq = %(last)s)
FROM (
    SELECT seq, prev_hash, lag(seq, 1, 0::bigint) OVER chain AS seq_before,
        lag(hash, 1, %(start)s::bytea) OVER chain AS hash_before
    FROM consent_record WHERE account_id = %(account)s AND seq <= %(last)s
    WINDOW chain AS (ORDER BY seq)) linked
"""


@dataclass(frozen=True)
class ChainState:
    """What a look at the chain found; `bad_seq` is the first record that does not fit."""

    bad_seq: int | None
    records: int
    head: bytes


def canonical(entry: Entry, *, account_id: int, seq: int, private: Mapping[str, str]) -> str:
    """The text that is hashed; `private` maps each kind of private value to its salted hash."""
    head = (
        f"account={account_id}\nseq={seq}\nat={instant(entry.at)}\nevent={entry.event}\n"
        f"purpose={entry.purpose}\nact={entry.act}\naddress_hash={entry.address_hash.hex()}\n"
        f"contact={_number(entry.contact_id)}\ncampaign={_number(entry.campaign_id)}\n"
        f"request={_number(entry.request_id)}\nimport={_number(entry.import_id)}\n"
        f"member={_number(entry.member_id)}\ntext_version={_number(entry.text_version)}\n"
    )
    facts = {
        "text_hash": entry.text_hash,
        "shown_hash": entry.shown_hash,
        "language": entry.language,
        "message_id": entry.message_id,
        "proof_at": instant(entry.proof_at) if entry.proof_at else "",
        "detail": entry.detail,
        "rule": entry.rule,
    }
    for kind, value in private.items():
        facts[f"{kind}_hash"] = value
    # JSON strings: a line break inside a value can not start a line of its own.
    return head + "".join(
        [f"{name}={_quoted(value)}\n" for name, value in sorted(facts.items()) if value]
    )


def _quoted(text: str) -> str:
    """As JSON; most values are hashes, for which that is a call too many."""
    return f'"{text}"' if text.isascii() and text.isalnum() else json.dumps(text)


def facts_of(body: str) -> dict[str, str]:
    """Name -> value of the lines of a body."""
    pairs = (line.partition("=") for line in body.splitlines())
    return {name: json.loads(text) if text[:1] == '"' else text for name, _, text in pairs}


def link(before: bytes, body: str) -> bytes:
    """The hash of a record after the record whose hash is `before`."""
    return hashlib.sha256(before + body.encode()).digest()


@lru_cache(256)
def instant(at: datetime) -> str:
    """UTC with milliseconds, the only form in which times are chained."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def look(account_id: int) -> ChainState:
    """Compare every record of the account with its hash, its columns and the one before."""
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(_RECORDS, {"account": account_id})
        records, last, changed = cursor.fetchone()
        if not records:
            return ChainState(None, 0, START)
        cursor.execute(_LINKS, {"account": account_id, "start": START, "last": last})
        unlinked, head = cursor.fetchone()
    bad = min((seq for seq in (changed, unlinked) if seq is not None), default=None)
    if bad is None and last != records:
        bad = records + 1
    return ChainState(bad, records, bytes(head))


def verify(account_id: int) -> int | None:
    """The first record that was changed, moved or is missing; None when all fit."""
    return look(account_id).bad_seq


def check(account_id: int) -> ChainCheck:
    """Look at the chain, compare it with the last look, and write down what was found."""
    with use_account(account_id):
        state = look(account_id)
        bad = state.bad_seq
        last = latest_check(account_id)
        if bad is None and last is not None and last.bad_seq is None:
            bad = _broken_since(account_id, last)
        return ChainCheck.objects.create(
            account_id=account_id,
            checked_at=timezone.now(),
            records=state.records,
            head=state.head,
            bad_seq=bad,
        )


def latest_check(account_id: int) -> ChainCheck | None:
    """The last look; None before the first."""
    return ChainCheck.objects.for_account(account_id).order_by("-id").first()


def _broken_since(account_id: int, last: ChainCheck) -> int | None:
    """The head of the last look, when the record there has another hash now (a rebuilt chain)."""
    if not last.records:
        return None
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT hash FROM consent_record WHERE account_id = %s AND seq = %s",
            [account_id, last.records],
        )
        row = cursor.fetchone()
    return None if row and bytes(row[0]) == bytes(last.head) else last.records


def _number(value: int | None) -> str:
    return "" if value is None else str(value)
