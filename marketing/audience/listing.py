"""The contacts list: filters from the URL, one page by keyset, counts by standing. Set-based."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from marketing.accounts.models import Account
from marketing.audience.models import Segment
from marketing.audience.segments import condition_of
from marketing.rules.countries import country_name

PER_PAGE: Final = 50

# Pill -> (its label, condition over contact c and standing s). First match wins in `consent_of`;
# the conditions exclude each other, so that the pills add up to all.
_BOUNCED: Final = "s.suppressed = 'bounce'"
_BLOCKED: Final = "coalesce(s.suppressed, '') NOT IN ('', 'bounce')"
_FREE: Final = "coalesce(s.suppressed, '') = ''"
_NO_ACT: Final = f"{_FREE} AND coalesce(s.newsletter, '') = ''"
CONSENTS: Final[Mapping[str, tuple[str, str]]] = {
    "agreed": ("Agreed", f"{_FREE} AND s.newsletter = 'agreed'"),
    "customer": ("Customer", f"{_NO_ACT} AND s.asked_at IS NULL AND c.basis <> ''"),
    "not_asked": ("Not asked yet", f"{_NO_ACT} AND s.asked_at IS NULL AND c.basis = ''"),
    "no_answer": ("Asked, no answer", f"{_NO_ACT} AND s.asked_at IS NOT NULL"),
    "refused": ("Refused", f"{_FREE} AND s.newsletter = 'refused'"),
    "unsubscribed": ("Unsubscribed", f"{_FREE} AND s.newsletter = 'unsubscribed'"),
    "withdrew": ("Withdrew consent", f"{_FREE} AND s.newsletter = 'withdrew'"),
    "bounced": ("Bounced", _BOUNCED),
    "blocked": ("Blocked", _BLOCKED),
}
CONSENT_SQL: Final = "CASE {} END".format(
    " ".join(f"WHEN {condition} THEN '{code}'" for code, (_, condition) in CONSENTS.items())
)
TRACKING: Final = {"yes": "Yes", "no": "No", "": "Not asked"}
FROM: Final = (
    "FROM contact c LEFT JOIN standing s"
    " ON s.account_id = c.account_id AND s.address_hash = c.address_hash"
)


@dataclass(frozen=True)
class Filters:
    """What the URL asks for; unknown values ask for nothing."""

    q: str = ""
    consent: str = ""
    country: str = ""
    tracking: str = ""
    segment: Segment | None = None

    @property
    def any_set(self) -> bool:
        """Whether the list is narrowed at all."""
        return bool(self.q or self.consent or self.country or self.tracking or self.segment)


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

    @property
    def country_name(self) -> str:
        """The English name, "Unknown" where none was declared."""
        return country_name(self.country)

    @property
    def consent_label(self) -> str:
        """The word of the badge."""
        return CONSENTS[self.consent][0]

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


def contacts_page(account: Account, filters: Filters, *, before: int = 0, after: int = 0) -> Page:
    """The page of contacts with ids below `before`, or above `after` (going back), newest first."""
    where, parameters = _where(account, filters)
    backwards = bool(after)
    if backwards:
        where, parameters = f"{where} AND c.id > %s", [*parameters, after]
    elif before:
        where, parameters = f"{where} AND c.id < %s", [*parameters, before]
    found = _rows(
        f"""SELECT c.id, c.first_name, c.last_name, c.address, c.country, c.source, c.created_at,
                   {CONSENT_SQL}, coalesce(s.tracking, '')
            {FROM} WHERE {where} ORDER BY c.id {"ASC" if backwards else "DESC"}
            LIMIT {PER_PAGE + 1}""",
        parameters,
    )
    more = len(found) > PER_PAGE
    rows = [_row(values) for values in found[:PER_PAGE]]
    if backwards:
        rows.reverse()
    older = rows[-1].id if rows and (more or backwards) else 0
    newer = rows[0].id if rows and (before or (backwards and more)) else 0
    return Page(rows, before=older, after=newer)


def consent_counts(account: Account, filters: Filters) -> dict[str, int]:
    """How many contacts each pill holds under the other filters; empty pills are absent."""
    where, parameters = _where(account, filters, pills=False)
    counted = _rows(f"SELECT {CONSENT_SQL}, count(*) {FROM} WHERE {where} GROUP BY 1", parameters)
    return {code: int(count) for code, count in counted}


def countries_of(account: Account) -> list[str]:
    """The codes in use, "" for unknown."""
    found = _rows("SELECT DISTINCT country FROM contact c WHERE c.account_id = %s", [account.pk])
    return sorted(code for (code,) in found)


def one_row(account: Account, contact_id: int) -> Row | None:
    """The row of one contact, for its own page."""
    found = _rows(
        f"""SELECT c.id, c.first_name, c.last_name, c.address, c.country, c.source, c.created_at,
                   {CONSENT_SQL}, coalesce(s.tracking, '')
            {FROM} WHERE c.account_id = %s AND c.id = %s""",
        [account.pk, contact_id],
    )
    return _row(found[0]) if found else None


def _where(account: Account, filters: Filters, *, pills: bool = True) -> tuple[str, list[Any]]:
    parts: list[tuple[str, list[Any]]] = [("c.account_id = %s", [account.pk])]
    if filters.q:
        typed = filters.q.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        parts.append(("c.search_text LIKE %s", [f"%{typed}%"]))
    if pills and filters.consent in CONSENTS:
        parts.append((f"({CONSENTS[filters.consent][1]})", []))
    if filters.country:
        parts.append(("c.country = %s", [filters.country.replace("unknown", "")]))
    if filters.tracking:
        parts.append(("coalesce(s.tracking, '') = %s", [filters.tracking.replace("not_asked", "")]))
    if filters.segment:
        parts.append(condition_of(filters.segment))
    return " AND ".join(text for text, _ in parts), [value for _, more in parts for value in more]


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _row(values: tuple[Any, ...]) -> Row:
    pk, first_name, last_name, address, country, source, added_at, consent, tracking = values
    name = f"{first_name} {last_name}".strip()
    return Row(pk, name, address, country, source, added_at, consent, tracking)
