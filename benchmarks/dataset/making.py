"""Makes the data set in the database it is started on: `python -m benchmarks.dataset`."""

import os

from django.conf import settings

from benchmarks.copying import as_owner
from benchmarks.dataset import accounts, past, people

SMALL = 1_000


def people_wanted() -> int:
    """How many contacts the large account has: a million, or BENCH_PEOPLE."""
    return int(os.environ.get("BENCH_PEOPLE") or 1_000_000)


def fill(name: str) -> None:
    """Both accounts of an empty database; as the owner where row by row would take hours."""
    key = settings.ADDRESS_HASH_KEY.encode()
    connection = as_owner(name)
    with connection.cursor() as cursor:
        cursor.execute("SET work_mem = '128MB'")
        cursor.execute("SET maintenance_work_mem = '256MB'")
        for size, number in (("small", SMALL), ("large", people_wanted())):
            cast = accounts.make(size)
            people.make(cursor, account_id=cast.account.pk, people=number, key=key)
            past.make(cursor, account_id=cast.account.pk, campaign_id=cast.sent.pk)
        cursor.execute("VACUUM ANALYZE")
    connection.close()
