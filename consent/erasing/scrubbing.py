"""The statements that take a person out of rows that stay. Set-based, filtered by account.

Tables of higher rooms are written as plain SQL (docs/decisions/0007). Every table of an account
that can hold an address is named here or in `tests/consent/test_erasing.py` with its reason.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection

ERASED: Final = "(erased)"

# Rows that stay with a number or a state, but no longer say who it was.
_ROWS: Final = (
    """UPDATE recipient SET address = '', reply = CASE WHEN reply ~* ANY(%(patterns)s) THEN ''
        ELSE reply END
    WHERE account_id = %(account)s AND contact_id = ANY(%(contacts)s)
      AND address_hash = %(hash)s""",
    "DELETE FROM reply WHERE account_id = %(account)s AND contact_id = ANY(%(contacts)s)",
    "DELETE FROM link_target WHERE account_id = %(account)s AND contact_id = ANY(%(contacts)s)",
    "DELETE FROM due_recipient WHERE account_id = %(account)s AND contact_id = ANY(%(contacts)s)",
    """UPDATE consent_request SET address = '', due_at = NULL, expires_at = %(now)s,
        reply = CASE WHEN reply ~* ANY(%(patterns)s) THEN '' ELSE reply END,
        state = CASE WHEN state IN ('open', 'asked', 'not_delivered', 'taken_back')
            THEN 'expired' ELSE state END
    WHERE account_id = %(account)s AND address_hash = %(hash)s""",
    """UPDATE inbound_report SET diagnostic = '', subject = ''
    WHERE account_id = %(account)s AND address_hash = %(hash)s""",
    """UPDATE fresh_link SET expires_at = %(now)s
    WHERE account_id = %(account)s AND address_hash = %(hash)s AND expires_at > %(now)s""",
    "DELETE FROM contact WHERE account_id = %(account)s AND address_hash = %(hash)s",
)

# Free text in which a member, a server or a file may have named the address.
WORDS: Final = {
    "audit_line": ("subject", "before", "after"),
    "brake": ("why", "note"),
    "campaign_event": ("text",),
    "consent_private": ("value",),
    "contact_import": ("report", "source", "known_from"),
    "export": ("params", "title"),
    "segment": ("rules", "name"),
    "suppression": ("note",),
    "suppression_import": ("report", "source"),
    "test_send": ("address", "reply"),
}
_JSON: Final = {
    ("contact_import", "report"),
    ("export", "params"),
    ("segment", "rules"),
    ("suppression_import", "report"),
}

# What proves the act without saying who acted stays: where it came from.
_PRIVATE: Final = """
UPDATE consent_private p SET value = '', salt = '', deleted_at = %(now)s
FROM consent_record r
WHERE r.account_id = %(account)s AND r.address_hash = ANY(%(hashes)s)
  AND p.account_id = r.account_id AND p.seq = r.seq AND p.deleted_at IS NULL
  AND p.kind = ANY(%(kinds)s)
"""
PERSONAL: Final = ("address", "ip", "agent", "name", "reply", "proof", "mail")


def scrub_rows(
    account_id: int,
    address_hash: bytes,
    *,
    contacts: Sequence[int],
    addresses: Sequence[str],
    now: datetime,
) -> None:
    """Take the address out of every row of the account; call inside `use_account`."""
    values: dict[str, Any] = {
        "account": account_id,
        "hash": address_hash,
        "contacts": list(contacts),
        "patterns": [_pattern(address) for address in addresses],
        "now": now,
    }
    with connection.cursor() as cursor:
        for statement in _ROWS:
            cursor.execute(statement, values)
        for table, columns in WORDS.items():
            for column in columns if addresses else ():
                _scrub_words(cursor, account_id, (table, column), addresses)


def forget_private(
    account_id: int, hashes: Sequence[bytes], *, kinds: Sequence[str] = PERSONAL, now: datetime
) -> int:
    """Delete private values of all records about these hashes; how many. The chain keeps theirs."""
    values: dict[str, Any] = {
        "account": account_id,
        "hashes": list(hashes),
        "kinds": list(kinds),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PRIVATE, values)
        return int(cursor.rowcount)


def _scrub_words(
    cursor: Any, account_id: int, place: tuple[str, str], addresses: Sequence[str]
) -> None:
    table, column = place
    kind = "::jsonb" if place in _JSON else ""
    for address in addresses:
        pattern = _pattern(address)
        cursor.execute(
            f"UPDATE {table} SET {column} = "
            f"regexp_replace({column}::text, %s, %s, 'gi'){kind} "
            f"WHERE account_id = %s AND {column}::text ~* %s",
            [pattern, ERASED, account_id, pattern],
        )


def _pattern(address: str) -> str:
    """A regular expression of PostgreSQL that means the address and no longer one around it."""
    return rf"(?<![\w.+-]){re.escape(address)}(?![\w-])"
