"""What the clock rings for each second: work that is open, rows that are due, workers that died."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from campaigns.sending import due, leasing
from marketing.tenancy import every_account


@dataclass(frozen=True, slots=True)
class Needed:
    """How many bells to ring: for chunks, for rows that are due, for test mails."""

    send: int
    now: int
    tests: int


def needed() -> Needed:
    """Free leases of dead workers, then count: one send task per process while chunks are open."""
    leasing.reap()
    # As many as the worker of the queue `send` has by default; more hosts: set it to their sum.
    idle = max(0, settings.SENDING_PROCESSES - leasing.active_workers())
    return Needed(
        send=leasing.free_chunks(idle),
        now=int(due.is_anything_due()),
        tests=int(_has_tests()),
    )


def _has_tests() -> bool:
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM test_send WHERE ended_at IS NULL AND attempts < 3)"
        )
        return bool(cursor.fetchone()[0])
