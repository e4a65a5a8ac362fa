"""import: a CSV file with checks and evidence of consent, against COPY into a bare table.

"The same rows" can be read in two ways, so both are measured: as they are stored (a row per person
with every value once, evidence included), and as the file has them (five texts).
"""

import csv
import io
import os
from collections.abc import Iterator
from typing import Any, Final

from benchmarks.copying import RUN, as_owner
from benchmarks.measuring import Measured, measured
from benchmarks.rows import Row
from campaigns.tasks import collect_seldom
from consent.importing.running import run
from consent.ledger.chain import look
from consent.models import Import
from marketing.models import User
from marketing.opening.accounts import Company, next_account_id, open_account
from marketing.tenancy import no_account, use_account

HEADER: Final = ("email", "first_name", "last_name", "country", "consent_at")
ROWS: Final = 1_000_000
# A part of them stands for all: in a table without indexes each row costs the same.
COPIED: Final = 100_000

# Every value that was stored about a person, once.
STORED: Final = """
SELECT c.*, r.seq, r.at, r.event, r.purpose, r.act, r.member_id, r.body, r.prev_hash, r.hash,
    a.salt AS address_salt, s.salt AS source_salt, s.value AS source_value,
    t.newsletter, t.newsletter_at, t.newsletter_imported
FROM contact c
JOIN consent_record r ON r.account_id = c.account_id AND r.address_hash = c.address_hash
JOIN consent_private a ON a.account_id = r.account_id AND a.seq = r.seq AND a.kind = 'address'
JOIN consent_private s ON s.account_id = r.account_id AND s.seq = r.seq AND s.kind = 'source'
JOIN standing t ON t.account_id = c.account_id AND t.address_hash = c.address_hash
WHERE c.account_id = {account} AND c.import_id = {made} ORDER BY c.id LIMIT {most}
"""


def rows() -> Iterator[Row]:
    """One file of people nobody knows; each row brings its proof, so each gets a record."""
    count = int(os.environ.get("BENCH_ROWS") or ROWS)
    content = _file(count)
    account_id, import_id = _import(content)
    collect_seldom()  # as in every worker
    with measured() as took:
        run(account_id, import_id)
    with use_account(account_id):
        done = Import.objects.for_account(account_id).get(pk=import_id)
    assert (done.state, done.created) == (Import.State.FINISHED, count), done.stop_code
    most = min(count, COPIED)
    stored = _copied_as_stored(account_id, import_id, most)
    typed = _copied_as_typed(content)
    yield Row(
        name=f"import: {count:,} rows with proof",
        value=count / took.seconds,
        unit="rows/s",
        reference=most / stored.seconds,
        against="COPY of the same rows, as they are stored, into a bare table",
        ratio=count / took.seconds / (most / stored.seconds),
        cpu_us=took.cpu_us(count),
        note=_cpu(stored, most),
    )
    yield Row(
        name="import: the same, beside the file alone",
        value=count / took.seconds,
        unit="rows/s",
        reference=count / typed.seconds,
        against="COPY of the file's five texts into a bare table",
        note=f"{typed.seconds / took.seconds:.3f} of it, {_cpu(typed, count)}",
    )
    yield _verified(account_id)


def _verified(account_id: int) -> Row:
    with measured() as took:
        state = look(account_id)
    assert state.bad_seq is None
    return Row(
        name=f"import: {state.records:,} records verified",
        value=state.records / took.seconds,
        unit="records/s",
        cpu_us=took.cpu_us(state.records),
        note=f"{took.seconds:.1f} s",
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
    """Into an account of its own: the data set's records carry no hashes that could be verified."""
    with no_account():
        account_id = next_account_id()
        user = User.objects.create_user("owner@new.example", None, name="Nora Weiss")
    company = Company("New Company", "US", "UTC", "12 Main Street, Springfield")
    with use_account(account_id):
        opened = open_account(account_id, company, owner=user)
        made = Import.objects.create(
            account=opened.account,
            file_name="readers.csv",
            content=content,
            encoding="utf-8",
            separator=",",
            mapping=[[name, name] for name in HEADER],
            source="Shop, box beside the order",
            member=opened.owner,
            state=Import.State.WAITING,
        )
    return account_id, made.pk


def _copied_as_typed(content: bytes) -> Measured:
    owner = as_owner(RUN)
    with owner.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} text' for name in HEADER)})")
        took = _copied(cursor, "COPY bare FROM STDIN (FORMAT csv, HEADER)", io.BytesIO(content))
    owner.close()
    return took


def _copied_as_stored(account_id: int, import_id: int, most: int) -> Measured:
    stored = STORED.format(account=account_id, made=import_id, most=most)
    owner = as_owner(RUN)
    with owner.cursor() as cursor:
        # Of rows just written the planner knows nothing yet.
        cursor.execute("ANALYZE contact, consent_record, consent_private, standing")
        cursor.execute(f"CREATE TABLE bare AS {stored}")
        text = io.BytesIO()
        cursor.copy_expert("COPY bare TO STDOUT", text)
        text.seek(0)
        cursor.execute("TRUNCATE bare")
        took = _copied(cursor, "COPY bare FROM STDIN", text)
    owner.close()
    return took


def _cpu(took: Measured, rows: int) -> str:
    cpu = took.cpu_us(rows)
    return "" if cpu is None else f"reference {cpu:.1f} us of CPU"


def _copied(cursor: Any, statement: str, text: io.BytesIO) -> Measured:
    """Logged and committed like everything else; the table is gone afterwards."""
    with measured() as took:
        cursor.copy_expert(statement, text)
    cursor.execute("DROP TABLE bare")
    return took
