"""What is true about the newsletter a person just said yes to: on its way, held, sent, over.

The campaign and its row live in a higher room and are read as plain SQL (docs/decisions/0007).
"""

from dataclasses import dataclass
from typing import Final

from django.db import connection

from consent.answering.people import Person
from marketing.models import Sender, Standing

# Codes of templates/public/thanks.html.
COMING: Final = "coming"
HELD: Final = "held"
SENT: Final = "sent"
OVER: Final = "over"
GONE: Final = "gone"
BLOCKED: Final = "blocked"

_ENDED: Final = ("finished", "stopped")
_ROW: Final = """
SELECT k.state, r.sent_at IS NOT NULL,
    r.closed_reason IS NOT NULL OR coalesce(r.trouble, '') IN ('failed', 'unknown')
FROM campaign k
LEFT JOIN recipient r ON r.account_id = k.account_id AND r.campaign_id = k.id
    AND r.contact_id = %(contact)s
WHERE k.account_id = %(account)s AND k.id = %(campaign)s
"""
_SENDER: Final = """
SELECT s.name, s.address FROM campaign k
JOIN sender s ON s.account_id = k.account_id AND s.id = k.sender_id
WHERE k.account_id = %s AND k.id = %s
"""


@dataclass(frozen=True)
class From:
    """Who the mail came from, for the head of a page."""

    name: str = ""
    address: str = ""


def sender_of(account_id: int, campaign_id: int | None) -> From:
    """The campaign's own sender; without a campaign the account's first verified one."""
    if campaign_id:
        with connection.cursor() as cursor:
            cursor.execute(_SENDER, [account_id, campaign_id])
            row = cursor.fetchone()
        if row:
            return From(*row)
    senders = Sender.objects.for_account(account_id).filter(verified_at__isnull=False)
    first = senders.order_by("id").first()
    return From(first.name, first.address) if first else From()


def delivery_of(person: Person, standing: Standing, *, late: bool) -> str:
    """Which of the codes above holds now for the newsletter of the request's campaign."""
    if standing.suppressed:
        return BLOCKED
    if not _is_contact(person):
        return GONE
    request = person.request
    if request is None:
        return OVER
    values = {
        "account": person.account.pk,
        "campaign": request.campaign_id,
        "contact": request.contact_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ROW, values)
        row = cursor.fetchone()
    state, sent, closed = row or ("finished", False, False)
    if sent:
        return SENT
    if late or closed or state in _ENDED:
        return OVER
    return HELD if state == "paused" else COMING


def _is_contact(person: Person) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM contact WHERE account_id = %s AND address_hash = %s",
            [person.account.pk, person.address_hash],
        )
        return cursor.fetchone() is not None
