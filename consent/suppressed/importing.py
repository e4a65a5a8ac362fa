"""Suppressing the addresses of a file: batches, each a transaction of its own, resumable.

`position` is stored with its batch, so a kill loses nothing and a doubled bell does nothing twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import BinaryIO, Final

from django.utils import timezone

from consent.importing.stopping import Stopped
from consent.ledger.suppressing import Blocked, suppress_all
from consent.suppressed.files import Row, as_text, rows_in
from consent.suppressed.models import SuppressionImport
from marketing.accounts.auditing import record
from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.models import Member, Suppression
from marketing.tenancy import every_account, use_account

BATCH: Final = 5_000
REPORTED: Final = 200
SILENCE: Final = timedelta(minutes=1)


@dataclass
class _Outcome:
    people: list[Blocked] = field(default_factory=list)
    bad: list[dict[str, object]] = field(default_factory=list)


def begin(file: BinaryIO, *, name: str, source: str, by: Member) -> SuppressionImport:
    """Keep an uploaded file; ring `run` after the commit. Stopped if no row can be read."""
    content = as_text(file.read())
    rows = sum(1 for _ in rows_in(content))
    if not rows:
        raise Stopped("no_rows")
    made: SuppressionImport = SuppressionImport.objects.create(
        account=by.account,
        member=by,
        file_name=name[-200:].replace("\0", ""),
        content=content,
        source=source,
        rows=rows,
        advanced_at=timezone.now(),
    )
    after = f"{rows:,} rows. {source}"
    record(by.account, by=by, act="suppression.imported", subject=made.file_name, after=after)
    return made


def run(account_id: int, import_id: int) -> None:
    """Bring a running import to its end; does nothing for any other."""
    with use_account(account_id):
        imported = _running(account_id, import_id)
    if imported is None:
        return
    rest = islice(rows_in(bytes(imported.content)), imported.position, None)
    while batch := list(islice(rest, BATCH)):
        if not _store(imported, batch):
            return
    with use_account(account_id):
        mine = SuppressionImport.objects.for_account(account_id).filter(pk=import_id)
        mine.filter(state=SuppressionImport.State.RUNNING, position__gte=imported.rows).update(
            state=SuppressionImport.State.FINISHED, content=b"", advanced_at=timezone.now()
        )


def silent_imports(now: datetime) -> list[tuple[int, int]]:
    """(account, import) of those that should run and have not moved for a minute."""
    with every_account():
        silent = SuppressionImport.objects.filter(
            state=SuppressionImport.State.RUNNING, advanced_at__lt=now - SILENCE
        )
        return list(silent.order_by("id").values_list("account_id", "id")[:100])


def _running(account_id: int, import_id: int) -> SuppressionImport | None:
    mine = SuppressionImport.objects.for_account(account_id)
    return mine.filter(pk=import_id, state=SuppressionImport.State.RUNNING).first()


def _store(imported: SuppressionImport, batch: Sequence[Row]) -> bool:
    """Store one batch and the position behind it; False if somebody else did."""
    with use_account(imported.account_id):
        # The row's lock makes a doubled task wait here, then see that the position has moved.
        now = SuppressionImport.objects.select_for_update().for_account(imported.account_id)
        current = now.filter(pk=imported.pk).defer("content").first()
        if current is None or not current.is_running or current.position != imported.position:
            return False
        outcome = _read(imported, batch)
        added = suppress_all(
            imported.account_id,
            outcome.people,
            Suppression.Reason.IMPORT,
            member_id=imported.member_id,
        )
        imported.position += len(batch)
        imported.added += added
        imported.known += len(outcome.people) - added
        imported.errors += len(outcome.bad)
        imported.report = [*imported.report, *outcome.bad][:REPORTED]
        imported.advanced_at = timezone.now()
        imported.save(
            update_fields=["position", "added", "known", "errors", "report", "advanced_at"]
        )
    return True


def _read(imported: SuppressionImport, batch: Sequence[Row]) -> _Outcome:
    outcome = _Outcome()
    for row in batch:
        try:
            read = read_address(row.typed)
        except BadAddress as bad:
            text = row.error or bad.text
            told = {"line": row.line, "value": row.typed[:80] or "(empty)", "text": text}
            outcome.bad.append(told)
            continue
        note = f"{imported.file_name}, line {row.line}: {row.note or imported.source}"
        outcome.people.append(Blocked(address_hash(read.key), read.send_to, note))
    return outcome
