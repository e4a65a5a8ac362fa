"""One at a time per account: who changes what events add up to holds this lock to the commit."""

from typing import Any

_KEY = "hashtextextended('fold:' || %s, 0)"


def may_fold(cursor: Any, account_id: int) -> bool:
    """Take the account's lock, or say that somebody else has it."""
    cursor.execute(f"SELECT pg_try_advisory_xact_lock({_KEY})", [account_id])
    return bool(cursor.fetchone()[0])


def wait_for_folding(cursor: Any, account_id: int) -> None:
    """Take the account's lock as soon as it is free."""
    cursor.execute(f"SELECT pg_advisory_xact_lock({_KEY})", [account_id])
