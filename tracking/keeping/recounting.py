"""Every night the sums of each campaign are counted anew from the rows behind them, and compared.

Nothing is mended: a difference is a fault of ours, which the page about measuring tells in words.
Erased people are in the sums as numbers (erased_count), deleted events as settled ones.
"""

import logging
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from marketing.tenancy import every_account, use_account
from tracking.folding.locking import wait_for_folding
from tracking.folding.writing import TOTALS
from tracking.keeping.erasing import FLAGS
from tracking.models import Recount

log = logging.getLogger(__name__)

MOST: Final = 50

# One line per number that differs: campaign, what, link, class, sum, rows.
_EVENTS: Final = """
SELECT campaign_id, kind, number, judged_class, sum(counted)::bigint, sum(behind)::bigint FROM (
    SELECT campaign_id, kind, number, judged_class, events AS counted, 0 AS behind
    FROM counter WHERE account_id = %(account)s
    UNION ALL
    SELECT campaign_id, kind, number, judged_class, 0, 1 FROM tracking_event
    WHERE account_id = %(account)s AND folded_at IS NOT NULL
    UNION ALL
    SELECT campaign_id, kind, number, judged_class, 0, events FROM settled_event
    WHERE account_id = %(account)s
    UNION ALL
    SELECT campaign_id, measure, number, judged_class, 0, count FROM erased_count
    WHERE account_id = %(account)s AND measure IN ('open', 'click')) c
GROUP BY 1, 2, 3, 4 HAVING sum(counted) <> sum(behind) ORDER BY 1, 2, 3, 4"""

_PEOPLE: Final = """
SELECT campaign_id, kind || ' first', number, '', sum(counted)::bigint, sum(behind)::bigint FROM (
    SELECT campaign_id, kind, number, people AS counted, 0 AS behind
    FROM first_time WHERE account_id = %(account)s
    UNION ALL
    SELECT campaign_id, 'open', 0, 0, 1 FROM engagement
    WHERE account_id = %(account)s AND opens > 0
    UNION ALL
    SELECT campaign_id, 'click', 0, 0, 1 FROM engagement
    WHERE account_id = %(account)s AND clicks > 0
    UNION ALL
    SELECT campaign_id, 'click', number, 0, 1 FROM link_click
    WHERE account_id = %(account)s AND judged_class = 'person'
    UNION ALL
    SELECT campaign_id, CASE measure WHEN 'viewers' THEN 'open' ELSE 'click' END, number, 0, count
    FROM erased_count WHERE account_id = %(account)s
      AND measure IN ('viewers', 'clickers', 'pressed')) c
GROUP BY 1, 2, 3 HAVING sum(counted) <> sum(behind) ORDER BY 1, 2, 3"""

_ROWS: Final = ", ".join(f"count(*) FILTER (WHERE {FLAGS[name]}) AS {name}" for name in TOTALS)
_TOTALS: Final = " UNION ALL ".join(
    f"""SELECT t.campaign_id, '{name}', 0, '', t.{name}::bigint,
        coalesce(b.{name}, 0) + coalesce(x.{name}, 0)
        FROM campaign_totals t LEFT JOIN behind b USING (campaign_id)
        LEFT JOIN erased x USING (campaign_id)
        WHERE t.account_id = %(account)s
          AND t.{name} <> coalesce(b.{name}, 0) + coalesce(x.{name}, 0)"""
    for name in TOTALS
)
_ERASED: Final = ", ".join(
    f"coalesce(sum(count) FILTER (WHERE measure = '{name}'), 0) AS {name}" for name in TOTALS
)
_PEOPLE_TOTALS: Final = f"""
WITH behind AS (SELECT e.campaign_id, {_ROWS} FROM engagement e
                WHERE e.account_id = %(account)s GROUP BY 1),
     erased AS (SELECT campaign_id, {_ERASED} FROM erased_count
                WHERE account_id = %(account)s GROUP BY 1)
{_TOTALS}"""


def recount_all() -> int:
    """Compare every account that measured anything; how many differ."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT account_id FROM campaign_totals ORDER BY 1")
        accounts = [account_id for (account_id,) in cursor.fetchall()]
    return sum(bool(recount(account_id).differences) for account_id in accounts)


def recount(account_id: int) -> Recount:
    """Compare one account and keep what was found."""
    with use_account(account_id), connection.cursor() as cursor:
        wait_for_folding(cursor, account_id)
        found = []
        for statement in (_EVENTS, _PEOPLE, _PEOPLE_TOTALS):
            cursor.execute(statement, {"account": account_id})
            found += cursor.fetchall()
        result = Recount(
            account_id=account_id,
            at=timezone.now(),
            campaigns=_campaigns(cursor, account_id),
            differences=[_told(*row) for row in found[:MOST]],
        )
        result.save()
    if found:
        log.error("Account %s: %d sums differ from their rows", account_id, len(found))
    return result


def _campaigns(cursor: Any, account_id: int) -> int:
    cursor.execute("SELECT count(*) FROM campaign_totals WHERE account_id = %s", [account_id])
    return int(cursor.fetchone()[0])


def _told(  # noqa: PLR0913 - the columns of one row
    campaign_id: int, what: str, number: int, judged: str, counted: int, behind: int
) -> dict[str, Any]:
    where = f" of link {number}" if number else ""
    kind = f" by {judged}" if judged else ""
    return {
        "campaign": campaign_id,
        "text": f"{what}{where}{kind}: {counted} counted, {behind} in the rows",
    }
