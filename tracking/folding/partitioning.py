"""Makes the monthly partitions of tracking events ahead of time, so that none is ever missing."""

from django.db import connection

from marketing.tenancy import no_account

MONTHS_AHEAD = 2


def make_partitions() -> list[str]:
    """Make what is missing of this month's partition and the next ones; returns their names."""
    with no_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT make_event_partition((date_trunc('month', now() AT TIME ZONE 'UTC')
                                            + make_interval(months => m))::date)
               FROM generate_series(0, %s) m""",
            [MONTHS_AHEAD],
        )
        return [name for (name,) in cursor.fetchall()]
