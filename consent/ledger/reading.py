"""Reading the ledger for pages: one page of records by keyset, counts, one person's history."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import Count, Min, Model, QuerySet, Sum

from consent.models import ConsentCount, ConsentDay, ConsentPrivate, ConsentRecord, TextVersion
from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.audience.showing.search import searched
from marketing.models import Account
from marketing.tenancy import use_account

PER_PAGE: Final = 50
HISTORY: Final = 100
_MOST_PEOPLE: Final = 500
_NEWEST: Final = 2**63 - 1

Event = ConsentRecord.Event
M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Filters:
    """What the URL asks for; unknown values ask for nothing.

    `people`: whom `q` finds, where that was looked up already.
    """

    event: str = ""
    purpose: str = ""
    form_id: int | None = None
    q: str = ""
    since: date | None = None  # a day, UTC
    people: tuple[bytes, ...] | None = None

    @property
    def any_set(self) -> bool:
        """Whether the list is narrowed at all."""
        return bool(self.event or self.purpose or self.form_id or self.q or self.since)


@dataclass(frozen=True)
class Line:
    """One record as lists show it. `address` is "" when it was deleted."""

    seq: int
    at: datetime
    event: str
    event_label: str
    purpose: str
    purpose_label: str
    act: str
    address: str
    text_shown: str
    where_from: str


@dataclass(frozen=True)
class Page:
    """One page, newest first; the cursors are record numbers, 0 for none."""

    lines: list[Line]
    before: int
    after: int


NO_RECORDS: Final = Page([], before=0, after=0)


def records_page(account: Account, filters: Filters, *, before: int = 0, after: int = 0) -> Page:
    """Records below number `before`, or above `after` (going back), newest first."""
    found = _filtered(account, filters)
    if after:
        rows = list(found.filter(seq__gt=after).order_by("seq")[: PER_PAGE + 1])
    else:
        rows = list(
            (found.filter(seq__lt=before) if before else found).order_by("-seq")[: PER_PAGE + 1]
        )
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    if after:
        rows.reverse()
    older = rows[-1].seq if rows and (more or after) else 0
    newer = rows[0].seq if rows and (before or (after and more)) else 0
    return Page(lines_of(account, rows), before=older, after=newer)


def event_counts(account: Account, filters: Filters) -> dict[str, int]:
    """How many records each pill holds under the other filters.

    From counters; only a search counts records, those it found.
    """
    if filters.q:
        found = _filtered(account, filters, with_event=False).order_by()
        return dict(found.values_list("event").annotate(Count("seq")))
    counts: QuerySet[Any]
    if filters.since:
        counts = ConsentDay.objects.for_account(account).filter(day__gte=filters.since)
    else:
        counts = ConsentCount.objects.for_account(account)
    counts = _narrowed(account, counts, filters)
    return dict(counts.order_by().values_list("event").annotate(Sum("records")))


def batches(
    account: Account, filters: Filters, *, size: int, below: int = _NEWEST
) -> Iterator[list[Line]]:
    """All records under the filters, newest first, one batch at a time; a statement each."""
    while True:
        with use_account(account.pk):
            found = _filtered(account, filters).filter(seq__lt=below)
            lines = lines_of(account, found.order_by("-seq")[:size])
        if not lines:
            return
        yield lines
        below = lines[-1].seq


def history(account_id: int, of: bytes) -> list[Line]:
    """Everything about one address hash, newest first."""
    found = ConsentRecord.objects.for_account(account_id).filter(address_hash=of)
    return lines_of(account_id, found.order_by("-seq")[:HISTORY])


def lines_of(account: Any, records: Iterable[ConsentRecord]) -> list[Line]:
    """Records with the values beside them: three queries whatever their number."""
    rows = list(records)
    private: dict[tuple[int, str], str] = {}
    beside = ConsentPrivate.objects.for_account(account).filter(
        seq__in=[row.seq for row in rows], kind__in=["address", "source"]
    )
    for seq, kind, value in beside.values_list("seq", "kind", "value"):
        private[seq, kind] = value
    texts = {
        text.pk: f"{'Standard' if text.form.is_standard else text.form.name}, version {text.number}"
        for text in TextVersion.objects.for_account(account)
        .filter(pk__in={row.text_version_id for row in rows if row.text_version_id})
        .select_related("form")
    }
    names = campaign_names(account, {row.campaign_id for row in rows if row.campaign_id})
    return [
        _line(
            row,
            address=private.get((row.seq, "address"), ""),
            text=texts.get(row.text_version_id or 0, "–"),
            source=private.get((row.seq, "source"), "") or names.get(row.campaign_id or 0, ""),
        )
        for row in rows
    ]


def campaign_names(account: Any, ids: set[int]) -> dict[int, str]:
    """Names of campaigns as they are today; they live in a higher room, so this is plain SQL."""
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, name FROM campaign WHERE account_id = %s AND id = ANY(%s)",
            [getattr(account, "pk", account), sorted(ids)],
        )
        return dict(cursor.fetchall())


def _line(row: ConsentRecord, *, address: str, text: str, source: str) -> Line:
    by_answer = row.act in ("button", "box_ticked", "box_empty", "request_mail")
    act = row.get_act_display()
    where = source or act if by_answer else ", ".join(filter(None, [act, source]))
    return Line(
        seq=row.seq,
        at=row.at,
        event=row.event,
        event_label=row.get_event_display(),
        purpose=row.purpose,
        purpose_label=row.get_purpose_display(),
        act=row.act,
        address=address,
        text_shown=text,
        where_from=where,
    )


def _filtered(
    account: Account, filters: Filters, *, with_event: bool = True
) -> QuerySet[ConsentRecord]:
    found = _narrowed(account, ConsentRecord.objects.for_account(account), filters)
    if with_event and filters.event in Event.values:
        found = found.filter(event=filters.event)
    if filters.q:
        found = found.filter(address_hash__in=_people(account, filters))
    if filters.since:
        found = found.filter(
            seq__gte=_first_since(account, filters.since),
            at__gte=datetime.combine(filters.since, time.min, UTC),
        )
    return found


def looked_up(account: Account, filters: Filters) -> Filters:
    """The same with its people: a search of a million contacts takes longer than all the rest."""
    return replace(filters, people=_people(account, filters)) if filters.q else filters


def _people(account: Account, filters: Filters) -> tuple[bytes, ...]:
    if filters.people is not None:
        return filters.people
    return tuple(hashes_like(account.pk, filters.q))


def _first_since(account: Account, day: date) -> int:
    """The first record of these days: below it none need to be read."""
    days = ConsentDay.objects.for_account(account).filter(day__gte=day)
    first: int | None = days.aggregate(first=Min("first_seq"))["first"]
    return _NEWEST if first is None else first


def _narrowed(account: Account, found: QuerySet[M], filters: Filters) -> QuerySet[M]:
    """Records, or their counters: both know purpose and text."""
    if filters.purpose in ConsentRecord.Purpose.values:
        found = found.filter(purpose=filters.purpose)
    if filters.form_id:
        texts = TextVersion.objects.for_account(account).filter(form_id=filters.form_id)
        found = found.filter(text_version_id__in=list(texts.values_list("pk", flat=True)))
    return found


def hashes_like(account_id: int, q: str) -> list[bytes]:
    """Whole addresses are found by their hash, also after the contact is gone; parts by contact."""
    try:
        return [address_hash(read_address(q).key)]
    except BadAddress:
        people = searched(q)
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT c.address_hash FROM contact c
                WHERE c.account_id = %s AND {people.condition}
                ORDER BY c.id DESC LIMIT {_MOST_PEOPLE}""",
            [account_id, *people.parameters],
        )
        return [bytes(of) for (of,) in cursor.fetchall()]
