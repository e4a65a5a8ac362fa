"""An import from waiting to finished: batches of 10,000, each its own transaction, resumable.

`position` is stored with its batch, so a kill loses nothing and a doubled bell does nothing twice.
"""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.utils import timezone

from consent.importing.batches.ahead import made_ahead
from consent.importing.batches.storing import Outcome, store_rows
from consent.importing.columns import check_mapping
from consent.importing.models import Import
from consent.importing.reading import Record, Shape, records, survey
from consent.importing.rows import BadRow, Person, Place, Row, RowReader
from consent.importing.stopping import Stopped
from marketing.audience.bulk import fold_search, make_room
from marketing.audience.hashing import address_hashes
from marketing.tenancy import every_account, use_account

BATCH: Final = 10_000
REPORTED: Final = 1_000
SILENCE: Final = timedelta(minutes=1)
_OPEN: Final = (Import.State.WAITING, Import.State.RUNNING)


class Batch(NamedTuple):
    """Checked rows, a line of the report for each of the others, and the number of the last."""

    rows: list[Row]
    bad: list[dict[str, Any]]
    last: int


def run(account_id: int, import_id: int) -> None:
    """Bring a waiting or running import to its end; does nothing for any other."""
    imported = _begun(account_id, import_id)
    if imported is None:
        return
    file = io.BytesIO(bytes(imported.content))
    try:
        found = survey(file, encoding=imported.encoding, separator=imported.separator)
        check_mapping(imported.columns)
    except Stopped as stopped:
        _stop(imported, stopped.code)
        return
    reader = reader_of(imported, found.shape)
    if not imported.skip_bad_rows and (bad := _bad_rows(file, found.shape, reader)):
        _stop(imported, "bad_rows", report=bad)
        return
    seen: dict[bytes, Place] = {}
    rest = records(file, found.shape)
    _remember(seen, reader, islice(rest, imported.position))
    for batch in made_ahead(_read(reader, rest)):
        if not _store(imported, batch, seen):
            return
    _finish(imported)


def silent_imports(now: datetime) -> list[tuple[int, int]]:
    """(account, import) of those that should run and have not moved for a minute."""
    with every_account():
        waiting = Import.objects.filter(state__in=_OPEN, advanced_at__lt=now - SILENCE)
        return list(waiting.order_by("id").values_list("account_id", "id")[:100])


def reader_of(imported: Import, shape: Shape) -> RowReader:
    """Reads the import's rows as its member decided."""
    zone = ZoneInfo(imported.account.time_zone)
    return RowReader(shape.header, imported.columns, zone, timezone.now(), imported.source)


def _begun(account_id: int, import_id: int) -> Import | None:
    with use_account(account_id):
        mine = Import.objects.for_account(account_id).filter(pk=import_id, state__in=_OPEN)
        now = timezone.now()
        mine.filter(started_at=None).update(started_at=now)
        mine.update(state=Import.State.RUNNING, advanced_at=now)
        return mine.select_related("account", "member").first()


def _read(reader: RowReader, rest: Iterator[Record]) -> Iterator[Batch]:
    while batch := list(islice(rest, BATCH)):
        rows, bad = checked_rows(reader, batch)
        yield Batch(rows, bad, batch[-1].number)


def _store(imported: Import, batch: Batch, seen: dict[bytes, Place]) -> bool:
    """Store one batch and the position behind it; False if somebody else did."""
    stored = _stored(imported, batch, seen)
    if stored:
        imported.position = batch.last
        with use_account(imported.account_id):
            fold_search()
    return stored


def _stored(imported: Import, batch: Batch, seen: dict[bytes, Place]) -> bool:
    with use_account(imported.account_id):
        make_room()
        # The row's lock makes a doubled task wait here, then see that the position has moved.
        now = Import.objects.select_for_update().for_account(imported.account_id)
        current = now.filter(pk=imported.pk, state=Import.State.RUNNING).defer("content").first()
        if current is None or current.position != imported.position:
            return False
        outcome = store_rows(imported, batch.rows, seen=seen, now=timezone.now())
        _advance(current, outcome, batch)
    return True


def _advance(current: Import, outcome: Outcome, batch: Batch) -> None:
    current.created += outcome.created
    current.merged += outcome.merged
    current.kept_out += outcome.kept_out
    current.errors += len(batch.bad)
    told = sorted([*outcome.report, *batch.bad], key=lambda line: line["record"])
    current.report = [*current.report, *told][:REPORTED]
    current.position = batch.last
    current.advanced_at = timezone.now()
    current.save(
        update_fields=[
            *("created", "merged", "kept_out", "errors", "report", "position", "advanced_at"),
        ]
    )


def checked_rows(
    reader: RowReader, batch: Sequence[Record]
) -> tuple[list[Row], list[dict[str, Any]]]:
    """The rows that can be stored, and a line of the report for each of the others."""
    people: list[tuple[int, int, Person]] = []
    bad = []
    for record in batch:
        try:
            if record.error:
                raise BadRow(record.error, " | ".join(record.cells)[:60], _sentence(record.error))
            people.append((record.number, record.line, reader.person(record.cells)))
        except BadRow as wrong:
            bad.append(_bad_line(record, wrong))
    hashes = address_hashes(person.address.key for _, _, person in people)
    return [Row(*one, of) for one, of in zip(people, hashes, strict=True)], bad


def _bad_line(record: Record, wrong: BadRow) -> dict[str, Any]:
    cells = [cell.replace("\0", "")[:500] for cell in record.cells[:50]]
    return {
        "kind": "error",
        "record": record.number,
        "line": record.line,
        "value": wrong.value.replace("\0", "")[:100],
        "reason": wrong.reason,
        "text": wrong.text,
        "cells": cells,
    }


def _sentence(error: str) -> str:
    if error.startswith("columns"):
        return f"Another number of cells than columns: {error.partition(': ')[2]}."
    return f"The row can not be read: {error}."


def _bad_rows(file: io.BytesIO, shape: Shape, reader: RowReader) -> list[dict[str, Any]]:
    bad: list[dict[str, Any]] = []
    rest = records(file, shape)
    while (batch := list(islice(rest, BATCH))) and len(bad) < REPORTED:
        bad += checked_rows(reader, batch)[1]
    return bad[:REPORTED]


def _remember(seen: dict[bytes, Place], reader: RowReader, stored: Iterator[Record]) -> None:
    """After a restart: the addresses of the rows that were stored before."""
    while batch := list(islice(stored, BATCH)):
        for row in checked_rows(reader, batch)[0]:
            seen.setdefault(row.address_hash, row.place)


def _finish(imported: Import) -> None:
    with use_account(imported.account_id):
        _still_running(imported).update(
            state=Import.State.FINISHED, finished_at=timezone.now(), content=b""
        )


def _stop(imported: Import, code: str, *, report: list[dict[str, Any]] | None = None) -> None:
    """Nothing was imported, and the page says why."""
    with use_account(imported.account_id):
        _still_running(imported).update(
            state=Import.State.STOPPED,
            stop_code=code,
            errors=len(report or []),
            report=report or [],
            finished_at=timezone.now(),
            content=b"",
        )


def _still_running(imported: Import) -> Any:
    return Import.objects.for_account(imported.account_id).filter(
        pk=imported.pk, state=Import.State.RUNNING
    )
