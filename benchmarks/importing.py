"""import: a CSV file with checks and evidence of consent, against COPY into a bare table."""

import csv
import io
import os
from collections.abc import Iterator

from benchmarks.copying import RUN, as_owner
from benchmarks.dataset import accounts
from benchmarks.measuring import measured
from benchmarks.rows import Row
from consent.importing.running import run
from consent.models import Import
from marketing.tenancy import use_account

HEADER = ("email", "first_name", "last_name", "country", "consent_at")
# The limit of a file is 25 MB; both sides cost the same per row whatever their number.
ROWS = 100_000


def rows() -> Iterator[Row]:
    """One file of people nobody knows; each row brings its proof, so each gets a record."""
    count = int(os.environ.get("BENCH_ROWS") or ROWS)
    content = _file(count)
    account_id, import_id = _import(content)
    with measured() as took:
        run(account_id, import_id)
    with use_account(account_id):
        done = Import.objects.for_account(account_id).get(pk=import_id)
    assert (done.state, done.created) == (Import.State.FINISHED, count), done.stop_code
    bare = _copied(content)
    yield Row(
        name=f"import: {count:,} rows with proof",
        value=count / took.seconds,
        unit="rows/s",
        reference=count / bare,
        against="COPY of the same rows into a bare table",
        ratio=bare / took.seconds,
        cpu_us=took.cpu_us(count),
    )


def _file(count: int) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for number in range(count):
        country = ("US", "DE", "FR", "GB", "")[number % 5]
        address = f"new.reader.{number}@post{number % 50}.example"
        writer.writerow([address, f"Reader{number % 900}", f"New{number}", country, "2026-03-01"])
    return text.getvalue().encode()


def _import(content: bytes) -> tuple[int, int]:
    cast = accounts.find("small")
    with use_account(cast.account):
        made = Import.objects.create(
            account=cast.account,
            file_name="readers.csv",
            content=content,
            encoding="utf-8",
            separator=",",
            mapping=[[name, name] for name in HEADER],
            source="Shop, box beside the order",
            member=cast.owner,
            state=Import.State.WAITING,
        )
    return cast.account.pk, made.pk


def _copied(content: bytes) -> float:
    owner = as_owner(RUN)
    with owner.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in HEADER)})")
        with measured() as took:
            cursor.copy_expert("COPY bare FROM STDIN (FORMAT csv, HEADER)", io.BytesIO(content))
        cursor.execute("DROP TABLE bare")
    owner.close()
    return took.seconds
