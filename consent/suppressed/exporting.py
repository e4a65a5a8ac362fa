"""Suppressed addresses as a file: the rows of a query string, newest first, times in UTC."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.http import QueryDict

from consent.ledger.chain import instant
from consent.suppressed.reading import Line, batches
from consent.suppressed.showing import filters_of
from marketing.exporting.running import begin, run
from marketing.exporting.writing import Column
from marketing.models import Export, Member

TASK: Final = "consent.suppressed.export"
BATCH: Final = 5_000
_LONGEST: Final = 2_000  # characters of a query string

COLUMNS: Final = (
    Column("email", "Address; empty once it was erased, it stays suppressed"),
    Column(
        "why",
        "Complained: the person reported a mail as spam. Address bounced: their server says that it"
        " does not exist. Blocked by a member, Excluded by import: by the account",
    ),
    Column("time_utc", "Since when, in UTC to the millisecond"),
    Column("source", "Where it came from, or what the server said"),
)


def begin_export(by: Member, query: str) -> Export:
    """Note down an export of the rows of a query string; ring TASK after the commit."""
    params = {"query": query.replace("\0", "")[:_LONGEST]}
    return begin(by, title="Suppression", right="edit_contacts", task=TASK, params=params)


def make_export(account_id: int, export_id: int) -> None:
    """Make the file; does nothing if that was done."""
    run(account_id, export_id, columns=COLUMNS, batches=_batches)


def _batches(export: Export) -> Iterator[Sequence[Sequence[str]]]:
    filters = filters_of(QueryDict(export.params["query"]))
    for lines in batches(export.account, filters, size=BATCH):
        yield [_texts(line) for line in lines]


def _texts(line: Line) -> list[str]:
    return [line.address, line.reason_label, instant(line.at), line.source]
