"""Changing the ledger as somebody with the keys of the database would."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from django.db import connection, transaction


class _PutBackError(Exception):
    """Ends the transaction of somebody who tampers."""


@contextmanager
def tampered(account_id: int, seq: int, how: str) -> Iterator[None]:
    """Edit, remove or swap (with the next) one record of the account, and put it back after."""
    with suppress(_PutBackError), transaction.atomic():
        _tamper(account_id, seq, how)
        yield
        raise _PutBackError


def _tamper(account_id: int, seq: int, how: str) -> None:
    """Edit, remove or swap (with the next) one record of the account."""
    record = "account_id = %(account)s AND seq"
    statements = {
        "edit": [f"UPDATE consent_record SET body = body || 'x' WHERE {record} = %(seq)s"],
        "remove": [f"DELETE FROM consent_record WHERE {record} = %(seq)s"],
        "swap": [
            f"UPDATE consent_record SET seq = -1 WHERE {record} = %(seq)s",
            f"UPDATE consent_record SET seq = seq - 1 WHERE {record} = %(seq)s + 1",
            f"UPDATE consent_record SET seq = %(seq)s + 1 WHERE {record} = -1",
        ],
    }
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        for statement in statements[how]:
            cursor.execute(statement, {"account": account_id, "seq": seq})
        cursor.execute("SET LOCAL ROLE NONE")
