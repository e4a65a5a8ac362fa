"""What a day has taken of an allowance: counted in the database, so that no restart loses it.

Promotions leave a tenth of a day to consent requests, which therefore never wait for them.
"""

from collections.abc import Mapping, Sequence
from datetime import date

from django.db import connection

from marketing.tenancy import use_account

RESERVED = 10  # one part in so many is kept for consent requests

Number = tuple[str, str]  # scope and name


def limit_for(number: int, *, is_request: bool) -> int:
    """How much of a day's number this stream may use."""
    return number if is_request else number - number // RESERVED


def take(
    account_id: int, day: date, limits: Mapping[Number, int], *, wanted: int, is_request: bool
) -> tuple[int, Number | None]:
    """Take up to `wanted` mails of all these numbers. Returns how many, and who said less.

    One short transaction; rows are locked in one order, so that workers never wait in a circle.
    """
    blocking: Number | None = None
    if not limits or not wanted:
        return wanted, None
    with use_account(account_id):
        before = {name: _taken_and_locked(account_id, day, name) for name in sorted(limits)}
        for name in sorted(limits):
            left = max(0, limit_for(limits[name], is_request=is_request) - before[name])
            if left < wanted:
                wanted, blocking = left, name
        if wanted:
            _add(account_id, day, list(limits), wanted)
    return wanted, blocking


def give_back(account_id: int, day: date, names: Sequence[Number], *, unused: int) -> None:
    """Mails that did not leave after all."""
    if names and unused > 0:
        with use_account(account_id):
            _add(account_id, day, list(names), -unused)


def taken_on(account_id: int, day: date) -> dict[Number, int]:
    """What each number has given on a day; one query."""
    with use_account(account_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT scope, name, taken FROM sending_day WHERE account_id = %s AND day = %s",
            [account_id, day],
        )
        return {(row[0], row[1]): int(row[2]) for row in cursor.fetchall()}


def _taken_and_locked(account_id: int, day: date, name: Number) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO sending_day (account_id, day, scope, name, taken)
            VALUES (%s, %s, %s, %s, 0) ON CONFLICT DO NOTHING""",
            [account_id, day, *name],
        )
        cursor.execute(
            """SELECT taken FROM sending_day
            WHERE account_id = %s AND day = %s AND scope = %s AND name = %s FOR UPDATE""",
            [account_id, day, *name],
        )
        return int(cursor.fetchone()[0])


def _add(account_id: int, day: date, names: Sequence[Number], mails: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH mine AS MATERIALIZED (
                SELECT d.scope, d.name FROM sending_day d
                JOIN unnest(%s::text[], %s::text[]) AS u(scope, name) USING (scope, name)
                WHERE d.account_id = %s AND d.day = %s
                ORDER BY d.scope COLLATE "C", d.name COLLATE "C" FOR UPDATE OF d)
            UPDATE sending_day d SET taken = greatest(0, d.taken + %s) FROM mine
            WHERE d.account_id = %s AND d.day = %s
              AND d.scope = mine.scope AND d.name = mine.name""",
            [
                *([n[0] for n in names], [n[1] for n in names]),
                *(account_id, day, mails, account_id, day),
            ],
        )
