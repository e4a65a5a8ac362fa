"""One page of recipients by keyset.

A row is read once, with everything its line and the person's page say; see wording for the words.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from campaigns.models import Campaign
from campaigns.recipients.states import State
from tracking.statistics.filters import REASON, STATE, Filters
from tracking.statistics.finding import Found, found_by

PER_PAGE: Final = 50

# Ids first, in order; the other tables are joined to one page of them.
_FROM: Final = """
FROM recipient r
LEFT JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
LEFT JOIN engagement e ON e.account_id = r.account_id AND e.campaign_id = r.campaign_id
    AND e.contact_id = r.contact_id
LEFT JOIN standing s ON s.account_id = r.account_id AND s.address_hash = r.address_hash
LEFT JOIN consent_request q ON q.account_id = r.account_id AND q.address_hash = r.address_hash
LEFT JOIN due_recipient d ON d.account_id = r.account_id AND d.campaign_id = r.campaign_id
    AND d.contact_id = r.contact_id
WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s"""

# Output name -> expression; the names are the fields of Row.
_COLUMNS: Final[Mapping[str, str]] = {
    "contact_id": "r.contact_id",
    "address": "r.address",
    "address_hash": "r.address_hash",
    "is_known": "c.id IS NOT NULL",
    "name": "trim(coalesce(c.first_name, '') || ' ' || coalesce(c.last_name, ''))",
    "country": "coalesce(c.country, '')",
    "basis": "coalesce(c.basis, '')",
    "state": STATE,
    "verdict_reason": "r.reason",
    "reason": REASON,
    "reason_at": "CASE WHEN r.closed_reason IS NULL THEN r.reason_at ELSE r.closed_at END",
    "verdict_at": "r.reason_at",
    "reason_campaign_id": "r.reason_campaign_id",
    "is_strict": "r.strict",
    "prepared_at": "r.prepared_at",
    "wait_until": "r.wait_until",
    "released_at": "r.released_at",
    "sent_at": "r.sent_at",
    "trouble": "coalesce(r.trouble, '')",
    "trouble_at": "r.trouble_at",
    "reply": "r.reply",
    "settled_by_id": "r.settled_by_id",
    "is_measured_opens": "r.measured_opens",
    "is_measured_clicks": "r.measured_clicks",
    "opens": "coalesce(e.opens, 0)",
    "opens_proxy": "coalesce(e.opens_proxy, 0)",
    "opens_machine": "coalesce(e.opens_machine, 0)",
    "opens_unknown": "coalesce(e.opens_unknown, 0)",
    "opened_first_at": "e.opened_first_at",
    "clicks": "coalesce(e.clicks, 0)",
    "clicks_machine": "coalesce(e.clicks_machine + e.clicks_proxy, 0)",
    "clicks_unknown": "coalesce(e.clicks_unknown, 0)",
    "clicked_first_at": "e.clicked_first_at",
    "links": "(SELECT count(*) FROM link_click l WHERE l.account_id = r.account_id"
    " AND l.campaign_id = r.campaign_id AND l.contact_id = r.contact_id"
    " AND l.judged_class = 'person')",
    "newsletter": "coalesce(s.newsletter, '')",
    "newsletter_at": "s.newsletter_at",
    "tracking": "coalesce(s.tracking, '')",
    "asked_at": "s.asked_at",
    "suppressed": "coalesce(s.suppressed, '')",
    "suppressed_at": "s.suppressed_at",
    "request_state": "coalesce(q.state, '')",
    "request_reply": "coalesce(q.reply, '')",
    "due_at": "coalesce(d.due_at, q.due_at)",
}
_SELECT: Final = "SELECT " + ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One recipient with contact, engagement, standing and request, as read."""

    contact_id: int
    address: str
    address_hash: bytes
    is_known: bool
    name: str
    country: str
    basis: str
    state: State
    verdict_reason: str
    reason: str
    reason_at: datetime | None
    verdict_at: datetime | None
    reason_campaign_id: int | None
    is_strict: bool
    prepared_at: datetime
    wait_until: datetime | None
    released_at: datetime | None
    sent_at: datetime | None
    trouble: str
    trouble_at: datetime | None
    reply: str
    settled_by_id: int | None
    is_measured_opens: bool
    is_measured_clicks: bool
    opens: int
    opens_proxy: int
    opens_machine: int
    opens_unknown: int
    opened_first_at: datetime | None
    clicks: int
    clicks_machine: int
    clicks_unknown: int
    clicked_first_at: datetime | None
    links: int
    newsletter: str
    newsletter_at: datetime | None
    tracking: str
    asked_at: datetime | None
    suppressed: str
    suppressed_at: datetime | None
    request_state: str
    request_reply: str
    due_at: datetime | None

    @property
    def title(self) -> str:
        """Name, or address, or that nothing is left of the person."""
        return self.name or self.address or "Erased person"


@dataclass(frozen=True, slots=True)
class Page:
    """One page in the order of contact ids; the cursors are contact ids, 0 for none."""

    rows: list[Row]
    before: int
    after: int


def recipients_page(found: Found, *, after: int = 0, before: int = 0, size: int = PER_PAGE) -> Page:
    """The recipients after this contact id, or before it; one statement."""
    backwards = before > 0
    edge = " AND contact_id < %(before)s" if backwards else " AND contact_id > %(after)s"
    order = "DESC" if backwards else "ASC"
    read = _read(
        f"""{_SELECT} {_FROM} AND r.contact_id = ANY(ARRAY({found.ids(edge)}
                ORDER BY contact_id {order} LIMIT {size + 1}))
            ORDER BY r.contact_id {order}""",
        found.parameters | {"after": after, "before": before},
    )
    more = len(read) > size
    rows = read[:size]
    if backwards:
        rows.reverse()
    return Page(
        rows,
        before=rows[0].contact_id if rows and (more if backwards else after > 0) else 0,
        after=rows[-1].contact_id if rows and (backwards or more) else 0,
    )


def recipient_of(campaign: Campaign, contact_id: int) -> Row | None:
    """One recipient, None if this contact is not among them."""
    found = _read(
        f"{_SELECT} {_FROM} AND r.contact_id = %(contact)s",
        found_by(campaign, Filters()).parameters | {"contact": contact_id},
    )
    return found[0] if found else None


def _read(statement: str, parameters: dict[str, Any]) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        named = (dict(zip(_COLUMNS, values, strict=True)) for values in cursor.fetchall())
        return [
            Row(**values | {"state": State(values["state"]), "address_hash": _bytes(values)})
            for values in named
        ]


def _bytes(values: dict[str, Any]) -> bytes:
    return bytes(values["address_hash"])
