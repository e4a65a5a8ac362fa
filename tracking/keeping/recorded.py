"""What was measured about one contact of an account: raw events, and what is left of older ones."""

from typing import Final

from django.db import connection

from consent.measured import Recorded

MOST: Final = 1000

_EVENTS: Final = """
WITH mine AS MATERIALIZED (
    SELECT campaign_id FROM recipient WHERE account_id = %(account)s AND contact_id = %(contact)s)
SELECT found.at, found.times, k.name, found.kind, coalesce(l.label, ''), found.judged_class,
       found.network, found.agent
FROM (
    SELECT e.at, 1 AS times, e.campaign_id, e.kind, e.number, e.judged_class, e.network, e.agent
    FROM mine JOIN tracking_event e ON e.account_id = %(account)s
        AND e.campaign_id = mine.campaign_id AND e.contact_id = %(contact)s
    UNION ALL
    SELECT s.first_at, s.events, s.campaign_id, s.kind, s.number, s.judged_class, '', ''
    FROM mine JOIN settled_event s ON s.account_id = %(account)s
        AND s.campaign_id = mine.campaign_id AND s.contact_id = %(contact)s) found
JOIN campaign k ON k.account_id = %(account)s AND k.id = found.campaign_id
LEFT JOIN link l ON l.account_id = k.account_id AND l.campaign_id = k.id
    AND l.number = found.number
ORDER BY found.at DESC LIMIT %(most)s"""


def recorded_about(account_id: int, contact_id: int) -> list[Recorded]:
    """Every request kept about this contact, newest first, at most MOST; inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(_EVENTS, {"account": account_id, "contact": contact_id, "most": MOST})
        return [Recorded(*row) for row in cursor.fetchall()]
