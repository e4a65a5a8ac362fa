"""Files that hold a person who is being erased: no longer handed out at once, then deleted.

Access ends inside the erasing transaction; the bytes go after its commit, and whatever a crash
leaves of them goes within the hour (`running.expire`).
"""

import io
import re
import zipfile
from collections.abc import Generator, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import IO, Final

from django.db import connection, transaction
from django.utils import timezone
from django.utils.html import escape

from marketing.accounts.auditing import record
from marketing.accounts.models import Account
from marketing.exporting.models import Export
from marketing.exporting.running import SILENCE, folder, forget_file

_PIECE: Final = 1 << 20
_OVERLAP: Final = 2048  # characters; no address is that long
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def take_back(account: Account, addresses: Sequence[str]) -> int:
    """Take back every export of the account that holds one of the addresses, or may; how many.

    Those being made now may have read the person already. Call inside `use_account`, in the
    transaction that erases: nobody begins to read for an export until it ends.
    """
    if not addresses:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"exports:{account.pk}"])
    mine = Export.objects.for_account(account)
    files = mine.filter(state=Export.State.FINISHED).values_list("id", "path")
    running = mine.filter(state=Export.State.RUNNING).values_list("id", flat=True)
    wanted = _written_forms(addresses)
    ids = [*running, *(pk for pk, path in files if _may_hold(folder() / path, wanted))]
    taken = list(mine.filter(pk__in=ids).select_for_update())
    for export in taken:
        record(account, by=None, act="export.taken_back", subject=export.title)
    mine.filter(pk__in=ids).update(
        state=Export.State.TAKEN_BACK, params={}, finished_at=timezone.now()
    )
    transaction.on_commit(partial(_delete, account.pk, [one.path for one in taken if one.path]))
    return len(taken)


def _delete(account_id: int, paths: Sequence[str]) -> None:
    """The files, and what an export that died left unfinished."""
    for path in paths:
        forget_file(path)
    alive = (timezone.now() - SILENCE).timestamp()
    for left in (folder() / str(account_id)).glob("*.part"):
        if left.stat().st_mtime < alive:
            forget_file(str(left.relative_to(folder())))


def _written_forms(addresses: Sequence[str]) -> re.Pattern[str]:
    """The addresses as they may stand in a file: plain, in a quoted cell, in XML; in any case."""
    forms = {form for one in addresses for form in (one, one.replace('"', '""'), escape(one))}
    # Not inside a longer address.
    return re.compile(rf"(?<![\w.+-])(?:{'|'.join(map(re.escape, sorted(forms)))})(?![\w-])", re.I)


def _may_hold(path: Path, wanted: re.Pattern[str]) -> bool:
    """Whether the file holds it, or cannot be read to know; a file that is gone holds nothing."""
    if not path.is_file():
        return False
    try:
        with closing(_texts(path)) as pieces:
            return any(wanted.search(piece) for piece in pieces)
    except (OSError, ValueError, zipfile.BadZipFile):
        return True


def _texts(path: Path) -> Generator[str, None, None]:
    """The text of a CSV, or of the parts of a workbook, in pieces that overlap."""
    if path.suffix != ".xlsx":
        with path.open("rb") as file, closing(_pieces(file)) as pieces:
            yield from pieces
        return
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            with book.open(name) as part, closing(_pieces(part)) as pieces:
                yield from pieces


def _pieces(file: IO[bytes]) -> Generator[str, None, None]:
    """Pieces of a megabyte, each after the end of the one before: a workbook is one long line."""
    before = ""
    with io.TextIOWrapper(file, encoding="utf-8") as reader:
        while piece := reader.read(_PIECE):
            yield before + piece
            before = (before + piece)[-_OVERLAP:]
