"""Obtained consents as a file: the records of a query string, newest first, times in UTC."""

from collections.abc import Iterator, Sequence
from typing import Final

from django.http import QueryDict

from consent.ledger.chain import instant
from consent.ledger.reading import Line, batches
from consent.ledger.showing import filters_of
from marketing.exporting.running import begin, run
from marketing.exporting.writing import Column
from marketing.models import Export, Member

TASK: Final = "consent.obtained.export"
BATCH: Final = 5_000
_LONGEST: Final = 2_000  # characters of a query string

COLUMNS: Final = (
    Column("record", "Number of the record in the account's chain"),
    Column("time_utc", "When it happened, in UTC to the millisecond, as it is chained"),
    Column("email", "Address as typed; empty once it was deleted"),
    Column(
        "event",
        "Asked: the server accepted the one request. Agreed, Refused, Withdrew: the person's own"
        " act. Imported: proof came with a file. Expired: the request ended without an answer."
        " Complained, Bounced, Blocked, Unblocked: what forbids mail, or no longer does",
    ),
    Column("purpose", "Newsletter or tracking: two questions, two records"),
    Column("text_shown", "Form and version of the words the person saw"),
    Column("where_from", "Campaign, file or page"),
)


def begin_export(by: Member, query: str) -> Export:
    """Note down an export of the records of a query string; ring TASK after the commit."""
    params = {"query": query.replace("\0", "")[:_LONGEST]}
    return begin(by, title="Obtained consents", right="edit_contacts", task=TASK, params=params)


def make_export(account_id: int, export_id: int) -> None:
    """Make the file; does nothing if that was done."""
    run(account_id, export_id, columns=COLUMNS, batches=_batches)


def _batches(export: Export) -> Iterator[Sequence[Sequence[str]]]:
    """Rows by keyset, each batch in a transaction of its own."""
    filters = filters_of(QueryDict(export.params["query"]))
    for lines in batches(export.account, filters, size=BATCH):
        yield [_texts(line) for line in lines]


def _texts(line: Line) -> list[str]:
    return [
        str(line.seq),
        instant(line.at),
        line.address,
        line.event_label,
        line.purpose_label,
        "" if line.text_shown == "–" else line.text_shown,
        line.where_from,
    ]
