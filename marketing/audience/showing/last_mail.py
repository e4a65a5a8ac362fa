"""When each contact of a page was last written to: a newsletter, or the one consent request.

Recipients live in a higher room, so this is plain SQL, by key and for the shown rows only.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from django.db import connection

from marketing.accounts.models import Account
from marketing.audience.showing.listing import Row

# A contact of years is looked at in as many campaigns; who got none of the last ones is told so.
_CAMPAIGNS: Final = 20

_LAST: Final = f"""
SELECT c.id, mail.sent_at, s.asked_at
FROM contact c
LEFT JOIN standing s ON s.account_id = c.account_id AND s.address_hash = c.address_hash
CROSS JOIN LATERAL (
    SELECT max(newest.sent_at) AS sent_at FROM (
        SELECT r.sent_at FROM recipient r
        WHERE r.account_id = c.account_id AND r.contact_id = c.id
        ORDER BY r.campaign_id DESC LIMIT {_CAMPAIGNS}) newest) mail
WHERE c.account_id = %s AND c.id = ANY(%s)
"""


def with_last_mail(account: Account, rows: Sequence[Row]) -> list[Row]:
    """The rows with `mailed_at` and `mailed_request`; one statement, none for an empty page."""
    if not rows:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [account.pk, [row.id for row in rows]])
        mails = {pk: (sent, asked) for pk, sent, asked in cursor.fetchall()}
    return [_told(row, *mails.get(row.id, (None, None))) for row in rows]


def _told(row: Row, sent: datetime | None, asked: datetime | None) -> Row:
    is_request = bool(asked and (sent is None or asked > sent))
    return replace(row, mailed_at=asked if is_request else sent, mailed_request=is_request)
