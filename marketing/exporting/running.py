"""An export from begun to gone. The row is the truth; a task is rung again if it stands still."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from marketing.accounts.auditing import record
from marketing.accounts.models import Account, Member
from marketing.exporting.models import Export
from marketing.exporting.writing import Column, written
from marketing.tenancy import every_account, use_account

KEPT: Final = timedelta(days=7)
SILENCE: Final = timedelta(minutes=2)
_LEFT_ALONE: Final = timedelta(days=1)
_OPEN: Final = (Export.State.WAITING, Export.State.RUNNING)

# Batches of rows, each row as long as the columns; every batch opens its own transaction.
Batches = Callable[[Export], Iterator[Sequence[Sequence[str]]]]


def begin(by: Member, *, title: str, right: str, task: str, params: dict[str, Any]) -> Export:
    """Note down an export; ring `task` with (account id, export id) after the commit."""
    made: Export = Export.objects.create(
        account=by.account,
        member=by,
        title=title[:200],
        right=right,
        task=task,
        params=params,
        advanced_at=timezone.now(),
    )
    record(by.account, by=by, act="export.begun", subject=made.title)
    return made


def run(account_id: int, export_id: int, *, columns: Sequence[Column], batches: Batches) -> None:
    """Make the file of a waiting or interrupted export; does nothing for any other.

    Doubled bells both write, each a file of its own; the first to finish wins.
    """
    export = _claimed(account_id, export_id)
    if export is None:
        return
    try:
        path = written(export, columns, _counted(export, batches(export)), folder=folder())
    except OSError:
        _close(export, state=Export.State.FAILED)
        raise
    now = timezone.now()
    if not _close(export, state=Export.State.FINISHED, path=path, expires_at=now + KEPT):
        forget_file(path)


def folder() -> Path:
    """Where the files lie; several machines need one shared folder."""
    return Path(settings.STATE_DIR) / "exports"


def file_of(export: Export) -> Path | None:
    """The finished file, or None when it is gone."""
    path = folder() / export.path
    return path if export.state == Export.State.FINISHED and path.is_file() else None


def silent_exports(now: datetime) -> list[tuple[str, int, int]]:
    """(task, account, export) of those that should run and have not moved for two minutes."""
    with every_account():
        found = Export.objects.filter(state__in=_OPEN, advanced_at__lt=now - SILENCE)
        return list(found.order_by("id").values_list("task", "account_id", "id")[:100])


def expire(now: datetime) -> int:
    """Delete the files that were kept long enough; the rows stay and say so."""
    with every_account():
        old = Export.objects.filter(state=Export.State.FINISHED, expires_at__lt=now)
        found = list(old.values_list("id", "path")[:1000])
        taken_back = Export.objects.filter(state=Export.State.TAKEN_BACK).exclude(path="")
        gone = list(taken_back.values_list("id", "path")[:1000])
        for _, path in found + gone:
            forget_file(path)
        ids = [pk for pk, _ in found]
        Export.objects.filter(pk__in=ids).update(state=Export.State.EXPIRED, path="", params={})
        Export.objects.filter(pk__in=[pk for pk, _ in gone]).update(path="")
    _sweep(now)
    return len(found)


def _sweep(now: datetime) -> None:
    """Delete what exports that died left unfinished; the living write within a day."""
    for left in folder().glob("*/*.part"):
        if left.stat().st_mtime < (now - _LEFT_ALONE).timestamp():
            forget_file(str(left.relative_to(folder())))


def _claimed(account_id: int, export_id: int) -> Export | None:
    with use_account(account_id), connection.cursor() as cursor:
        # Waits for a person to be erased (taking_back), and then reads without them.
        cursor.execute(
            "SELECT pg_advisory_xact_lock_shared(hashtextextended(%s, 0))",
            [f"exports:{account_id}"],
        )
        mine = Export.objects.for_account(account_id).filter(pk=export_id, state__in=_OPEN)
        mine.update(state=Export.State.RUNNING, advanced_at=timezone.now(), rows=0)
        found: Export | None = mine.select_related("account", "member").first()
        return found


def _counted(
    export: Export, batches: Iterator[Sequence[Sequence[str]]]
) -> Iterator[Sequence[Sequence[str]]]:
    rows = 0
    for batch in batches:
        rows += len(batch)
        yield batch
        with use_account(export.account_id):
            _running(export).update(rows=rows, advanced_at=timezone.now())


def _close(export: Export, **fields: Any) -> bool:
    with use_account(export.account_id):
        return bool(_running(export).update(finished_at=timezone.now(), **fields))


def _running(export: Export) -> Any:
    mine = Export.objects.for_account(export.account_id)
    return mine.filter(pk=export.pk, state=Export.State.RUNNING)


def forget_file(path: str) -> None:
    """Delete a file below `folder`; once is enough."""
    with suppress(FileNotFoundError):
        (folder() / path).unlink()


def latest_of(account: Account, member: Member) -> list[Export]:
    """The member's newest exports, for the list of files."""
    mine = Export.objects.for_account(account).filter(member=member)
    return list(mine.order_by("-id")[:20])
