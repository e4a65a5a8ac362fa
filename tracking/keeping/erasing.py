"""Erases what was measured about people; the sums of their campaigns stay as numbers.

Everything that names the person goes: events, what was settled of older ones, engagement, link
clicks. What they counted as is added to `erased_count`, so that sums and rows still agree.
"""

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from tracking.folding.locking import wait_for_folding
from tracking.folding.writing import TOTALS

# How one engagement row counts in the totals; the same as Sums.flags, compared by a test.
FLAGS: Final = {
    "viewers": "e.opens > 0",
    "clickers": "e.clicks > 0",
    "clicked_unseen": "e.clicks > 0 AND e.opens = 0",
    "proxy_only": "e.opens = 0 AND e.opens_proxy > 0",
    "unsure_only": "e.opens = 0 AND e.opens_proxy = 0 AND e.opens_unknown > 0",
    "machine_only": "e.opens = 0 AND e.opens_proxy = 0 AND e.opens_unknown = 0"
    " AND e.opens_machine > 0",
}

_MINE: Final = """(SELECT r.campaign_id, r.contact_id FROM recipient r
    WHERE r.account_id = %(account)s AND r.contact_id = ANY(%(contacts)s)) m"""
_OF = "t.account_id = %(account)s AND t.campaign_id = m.campaign_id AND t.contact_id = m.contact_id"


def _add(counted: str) -> str:
    """Statement that adds rows of (campaign, measure, number, class, count)."""
    return f"""
INSERT INTO erased_count AS c (account_id, campaign_id, measure, number, judged_class, count)
SELECT %(account)s, g.campaign_id, g.measure, g.number, g.judged_class, sum(g.count)
FROM ({counted}) g(campaign_id, measure, number, judged_class, count)
GROUP BY 1, 2, 3, 4, 5 HAVING sum(g.count) > 0
ON CONFLICT (account_id, campaign_id, measure, number, judged_class)
DO UPDATE SET count = c.count + excluded.count"""


_ADD_EVENTS = _add(
    "SELECT campaign_id, kind, number, judged_class, 1 FROM gone WHERE folded_at IS NOT NULL"
    " UNION ALL SELECT campaign_id, kind, number, judged_class, events FROM old"
)
_EVENTS: Final = f"""
WITH gone AS (
    DELETE FROM tracking_event t USING {_MINE} WHERE {_OF}
    RETURNING t.campaign_id, t.kind, t.number, t.judged_class, t.folded_at),
old AS (
    DELETE FROM settled_event t USING {_MINE} WHERE {_OF}
    RETURNING t.campaign_id, t.kind, t.number, t.judged_class, t.events),
added AS ({_ADD_EVENTS})
SELECT (SELECT count(*) FROM gone) + coalesce((SELECT sum(events) FROM old), 0)::bigint"""

_ADD_PRESSED = _add(
    "SELECT campaign_id, 'pressed', number, judged_class, 1 FROM gone WHERE judged_class = 'person'"
)
_PRESSED: Final = f"""
WITH gone AS (
    DELETE FROM link_click t USING {_MINE} WHERE {_OF}
    RETURNING t.campaign_id, t.number, t.judged_class)
{_ADD_PRESSED}"""

_ADD_ENGAGED = _add(
    " UNION ALL ".join(
        f"SELECT e.campaign_id, '{name}', 0, '', 1 FROM gone e WHERE {FLAGS[name]}"
        for name in TOTALS
    )
)
_ENGAGED: Final = f"""
WITH gone AS (DELETE FROM engagement t USING {_MINE} WHERE {_OF} RETURNING t.*)
{_ADD_ENGAGED}"""


def erase_measured(account_id: int, contact_ids: Sequence[int]) -> int:
    """Forget what was measured about these contacts; the number of requests that were kept.

    Inside `use_account`. Waits for a folding of the account that is under way.
    """
    values: dict[str, Any] = {"account": account_id, "contacts": list(contact_ids)}
    with connection.cursor() as cursor:
        wait_for_folding(cursor, account_id)
        cursor.execute(_EVENTS, values)
        requests = int(cursor.fetchone()[0])
        cursor.execute(_PRESSED, values)
        cursor.execute(_ENGAGED, values)
    return requests
