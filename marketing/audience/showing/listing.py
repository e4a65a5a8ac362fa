"""The contacts list: one page by keyset under the filters, counts by consent. Set-based."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from marketing.accounts.models import Account
from marketing.audience.segments import condition_of
from marketing.audience.showing.counting import Kind, by_consent
from marketing.audience.showing.filters import CONSENTS, TRACKING, Filters
from marketing.audience.showing.search import searched
from marketing.rules.countries import country_name

PER_PAGE: Final = 50
MOST_COUNTED: Final = 10_000  # counting the people of a segment stops here: "10,000+"
# How the sources we write begin -> what the list says.
_ORIGINS: Final = {"Import ": "import", "Added by ": "by hand"}


@dataclass(frozen=True)
class Narrowed:
    """The filters as a condition over `contact c`, the account's own; the pill stands apart."""

    condition: str
    parameters: tuple[Any, ...]
    consent: str
    is_counted: bool  # False: a frequent search, too many to count

    @property
    def with_pill(self) -> tuple[str, list[Any]]:
        """Condition and parameters of the people the page shows."""
        if not self.consent:
            return self.condition, list(self.parameters)
        return f"{self.condition} AND c.consent = %s", [*self.parameters, self.consent]


@dataclass(frozen=True)
class Row:
    """One contact as the list shows it; `consent` is a code of CONSENTS."""

    id: int
    name: str
    address: str
    country: str
    source: str
    added_at: datetime
    consent: str
    tracking: str
    mailed_at: datetime | None = None
    mailed_request: bool = False  # the last mail was the consent request

    @property
    def country_name(self) -> str:
        """The English name, "Unknown" where none was declared."""
        return country_name(self.country)

    @property
    def origin(self) -> str:
        """The source in a word or two; their page has all of it."""
        for start, word in _ORIGINS.items():
            if self.source.startswith(start):
                return word
        return self.source[:40]

    @property
    def consent_label(self) -> str:
        """The word of the badge."""
        return CONSENTS[self.consent]

    @property
    def tracking_label(self) -> str:
        """The person's own choice."""
        return TRACKING[self.tracking]


@dataclass(frozen=True)
class Page:
    """One page, newest first; the cursors are contact ids, 0 for none."""

    rows: list[Row]
    before: int
    after: int


def narrowed(account: Account, filters: Filters) -> Narrowed:
    """Turn the filters into SQL; a search asks the database once. Call inside `use_account`."""
    parts: list[tuple[str, Sequence[Any]]] = [("c.account_id = %s", [account.pk])]
    is_counted = True
    if filters.q:
        found = searched(filters.q)
        parts.append((found.condition, found.parameters))
        is_counted = found.is_complete
    if filters.country:
        parts.append(("c.country = %s", [filters.wanted_country]))
    if filters.tracking:
        parts.append(("c.tracking = %s", [filters.wanted_tracking]))
    if filters.segment:
        parts.append(condition_of(filters.segment))
    condition = " AND ".join(text for text, _ in parts)
    parameters = tuple(value for _, more in parts for value in more)
    return Narrowed(condition, parameters, filters.consent, is_counted)


_ROW: Final = (
    "SELECT c.id, c.first_name, c.last_name, c.address, c.country, c.source, c.created_at,"
    " c.consent, c.tracking FROM contact c"
)


def contacts_page(found: Narrowed, *, before: int = 0, after: int = 0) -> Page:
    """The page of contacts with ids below `before`, or above `after` (going back), newest first."""
    where, parameters = found.with_pill
    backwards = bool(after)
    if backwards:
        where, parameters = f"{where} AND c.id > %s", [*parameters, after]
    elif before:
        where, parameters = f"{where} AND c.id < %s", [*parameters, before]
    read = _rows(
        f"{_ROW} WHERE {where} ORDER BY c.id {'ASC' if backwards else 'DESC'} LIMIT {PER_PAGE + 1}",
        parameters,
    )
    more = len(read) > PER_PAGE
    rows = [_row(values) for values in read[:PER_PAGE]]
    if backwards:
        rows.reverse()
    older = rows[-1].id if rows and (more or backwards) else 0
    newer = rows[0].id if rows and (before or (backwards and more)) else 0
    return Page(rows, before=older, after=newer)


def consent_counts(filters: Filters, found: Narrowed, kinds: list[Kind]) -> dict[str, int] | None:
    """How many contacts each pill holds under the other filters; None: too many to count.

    Without search and segment the kept counts know it; else one statement over a bounded number.
    """
    if not filters.q and not filters.segment:
        return by_consent([kind for kind in kinds if _fits(kind, filters)])
    if not found.is_counted:
        return None
    counted = _rows(
        f"""SELECT n.consent, count(*) FROM (
                SELECT c.consent FROM contact c WHERE {found.condition} LIMIT {MOST_COUNTED + 1}) n
            GROUP BY 1""",
        list(found.parameters),
    )
    counts = {code: int(count) for code, count in counted}
    return counts if sum(counts.values()) <= MOST_COUNTED else None


def one_row(account: Account, contact_id: int) -> Row | None:
    """The row of one contact, for its own page."""
    found = _rows(f"{_ROW} WHERE c.account_id = %s AND c.id = %s", [account.pk, contact_id])
    return _row(found[0]) if found else None


def _fits(kind: Kind, filters: Filters) -> bool:
    return (not filters.country or kind.country == filters.wanted_country) and (
        not filters.tracking or kind.tracking == filters.wanted_tracking
    )


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _row(values: tuple[Any, ...]) -> Row:
    pk, first_name, last_name, address, country, source, added_at, consent, tracking = values
    name = f"{first_name} {last_name}".strip()
    return Row(pk, name, address, country, source, added_at, consent, tracking)
