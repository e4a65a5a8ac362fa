"""Suppressed addresses by keyset, newest first, each with what is still known about it.

An address stays suppressed when its contact is gone: the row holds only its keyed hash. What can be
read comes from the contact, else from the record in the ledger, until that was erased.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db import connection
from django.db.models import Q, QuerySet

from consent.ledger.chain import facts_of
from consent.ledger.reading import hashes_like
from consent.models import ConsentRecord
from marketing.audience.addresses import readable_address
from marketing.models import Account, Suppression, SuppressionCount
from marketing.tenancy import use_account

PER_PAGE: Final = 50
Reason = Suppression.Reason
_BLOCKS: Final = (ConsentRecord.Event.BLOCKED, ConsentRecord.Event.BOUNCED)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

# For each of a page's rows: contact, address and the record that proves it. The newest record of
# the reason decides; an address may have been written in another one.
_BESIDE: Final = """
SELECT h.id, c.id, coalesce(c.address, (
        SELECT p.value FROM consent_record r JOIN consent_private p
            ON p.account_id = r.account_id AND p.seq = r.seq AND p.kind = 'address'
        WHERE r.account_id = %(account)s AND r.address_hash = h.address_hash AND p.value <> ''
        ORDER BY r.seq DESC LIMIT 1), ''),
    (SELECT r.seq FROM consent_record r
     WHERE r.account_id = %(account)s AND r.address_hash = h.address_hash
       AND r.event = CASE h.reason WHEN 'complaint' THEN 'complained' WHEN 'bounce' THEN 'bounced'
           ELSE 'blocked' END
       AND (h.reason NOT IN ('member', 'import')
            OR (r.act IN ('import_claim', 'import_proof')) = (h.reason = 'import'))
     ORDER BY r.seq DESC LIMIT 1)
FROM unnest(%(ids)s::bigint[], %(hashes)s::bytea[], %(reasons)s::text[])
    AS h(id, address_hash, reason)
LEFT JOIN contact c ON c.account_id = %(account)s AND c.address_hash = h.address_hash
"""


@dataclass(frozen=True)
class Filters:
    """What the URL asks for; unknown values ask for nothing."""

    reason: str = ""
    q: str = ""
    since: datetime | None = None

    @property
    def any_set(self) -> bool:
        """Whether the list is narrowed at all."""
        return bool(self.reason or self.q or self.since)


@dataclass(frozen=True)
class Line:
    """One address and one reason. `address` is "" when nobody can read it any more."""

    id: int
    at: datetime
    reason: str
    reason_label: str
    address: str
    source: str
    contact_id: int | None
    record: int | None

    @property
    def shown(self) -> str:
        """The address for eyes; exports and mail have `address`."""
        return readable_address(self.address)


@dataclass(frozen=True)
class Page:
    """One page, newest first; cursors are "" for none."""

    lines: list[Line]
    older: str
    newer: str


def page_of(account: Account, filters: Filters, *, before: str = "", after: str = "") -> Page:
    """Rows older than the cursor `before`, or newer than `after`; four queries at most."""
    found = filtered(account, filters)
    if after and (place := _place(after)):
        rows = list(_beyond(found, place, newer=True).order_by("at", "id")[: PER_PAGE + 1])
    else:
        older = _place(before) if before else None
        found = _beyond(found, older, newer=False) if older else found
        rows = list(found.order_by("-at", "-id")[: PER_PAGE + 1])
    more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    if after:
        rows.reverse()
    has_older = bool(rows) and (more or bool(after))
    has_newer = bool(rows) and (bool(before) or (bool(after) and more))
    return Page(
        lines_of(account, rows),
        older=_cursor(rows[-1]) if has_older else "",
        newer=_cursor(rows[0]) if has_newer else "",
    )


def counts_of(account: Account) -> dict[str, int]:
    """How many addresses each reason has, from counters."""
    rows = SuppressionCount.objects.for_account(account).values_list("reason", "addresses")
    return dict(rows)


def batches(account: Account, filters: Filters, *, size: int) -> Iterator[list[Line]]:
    """All rows under the filters, newest first, one batch at a time; a transaction each."""
    place: tuple[datetime, int] | None = None
    while True:
        with use_account(account.pk):
            found = filtered(account, filters)
            found = _beyond(found, place, newer=False) if place else found
            rows = list(found.order_by("-at", "-id")[:size])
            lines = lines_of(account, rows)
        if not lines:
            return
        yield lines
        place = lines[-1].at, lines[-1].id


def lines_of(account: Account, rows: Sequence[Suppression]) -> list[Line]:
    """Rows with what stands beside them: one query whatever their number."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            _BESIDE,
            {
                "account": account.pk,
                "ids": [row.pk for row in rows],
                "hashes": [bytes(row.address_hash) for row in rows],
                "reasons": [row.reason for row in rows],
            },
        )
        beside = {row[0]: row[1:] for row in cursor.fetchall()}
    return [_line(row, *beside[row.pk]) for row in rows]


def reasons_of(account: Account, hashes: Collection[bytes]) -> dict[bytes, set[str]]:
    """Why each of these addresses is suppressed; those that are not are left out."""
    rows = Suppression.objects.for_account(account).filter(address_hash__in=hashes)
    found: dict[bytes, set[str]] = {}
    for address_hash, reason in rows.values_list("address_hash", "reason"):
        found.setdefault(bytes(address_hash), set()).add(reason)
    return found


def lifting_after(account: Account, record: int) -> int | None:
    """The record that lifted what `record` blocked; None where neither is there."""
    mine = ConsentRecord.objects.for_account(account)
    blocked = mine.filter(seq=record, event__in=_BLOCKS).first()
    if blocked is None:
        return None
    after = mine.filter(address_hash=bytes(blocked.address_hash), seq__gt=record)
    lifted = after.filter(event=ConsentRecord.Event.UNBLOCKED).order_by("seq")
    reason = _reason_of(blocked)
    return next((one.seq for one in lifted if facts_of(one.body)["detail"] == reason), None)


def _reason_of(blocked: ConsentRecord) -> str:
    """Which block the record made."""
    if blocked.event == ConsentRecord.Event.BOUNCED:
        return Reason.BOUNCE
    return Reason.MEMBER if blocked.act == ConsentRecord.Act.MEMBER else Reason.IMPORT


def filtered(account: Account, filters: Filters) -> QuerySet[Suppression]:
    """The rows a page or an export is about. Call inside `use_account`."""
    found: QuerySet[Suppression] = Suppression.objects.for_account(account)
    if filters.reason in Reason.values:
        found = found.filter(reason=filters.reason)
    if filters.q:
        found = found.filter(address_hash__in=hashes_like(account.pk, filters.q))
    if filters.since:
        found = found.filter(at__gte=filters.since)
    return found


def _line(row: Suppression, contact_id: int | None, address: str, record: int | None) -> Line:
    return Line(
        id=row.pk,
        at=row.at,
        reason=row.reason,
        reason_label=str(row.get_reason_display()),
        address=address,
        source=row.note,
        contact_id=contact_id,
        record=record,
    )


def _beyond(
    found: QuerySet[Suppression], place: tuple[datetime, int], *, newer: bool
) -> QuerySet[Suppression]:
    at, row_id = place
    if newer:
        return found.filter(at__gte=at).filter(Q(at__gt=at) | Q(id__gt=row_id))
    return found.filter(at__lte=at).filter(Q(at__lt=at) | Q(id__lt=row_id))


def _cursor(row: Suppression) -> str:
    return f"{(row.at - _EPOCH) // timedelta(microseconds=1)}-{row.pk}"


def _place(cursor: str) -> tuple[datetime, int] | None:
    """The place a cursor names; None for what is none."""
    at, _, row_id = cursor.partition("-")
    if not (at.isdecimal() and row_id.isdecimal() and len(at) < 17 and len(row_id) < 19):
        return None
    return _EPOCH + timedelta(microseconds=int(at)), int(row_id)
