"""Where a link leads: stored targets by account, campaign and number; a bounded cache in front.

The cache keeps readers going while the database is away: the newest links are read at the start,
and with one link of a campaign all its others. Targets of links with merge tags are the person's
own, frozen when the mail was compiled.
"""

import logging
import threading
from collections import OrderedDict
from typing import Any

import psycopg2

from tracking.endpoint.reading import Reader
from tracking.endpoint.stops import Stops

log = logging.getLogger(__name__)

Key = tuple[int, int, int, int]  # account, campaign, number, contact (0: the same for everybody)

_OWN = """
SELECT l.has_merge_tags, CASE WHEN l.has_merge_tags THEN t.target ELSE l.target END
FROM link l
LEFT JOIN link_target t ON l.has_merge_tags AND t.account_id = l.account_id
    AND t.campaign_id = l.campaign_id AND t.number = l.number AND t.contact_id = %s
WHERE l.account_id = %s AND l.campaign_id = %s AND l.number = %s
"""
_OF_CAMPAIGN = """
SELECT account_id, campaign_id, number, target FROM link
WHERE account_id = %s AND campaign_id = %s AND NOT has_merge_tags
"""
_NEWEST = """
SELECT account_id, campaign_id, number, target FROM link
WHERE NOT has_merge_tags ORDER BY campaign_id DESC LIMIT %s
"""


class Targets:
    """Looks targets up through one connection; safe to call from several threads.

    `stops` are the links that lead nowhere any more, looked up before their targets.
    """

    def __init__(self, database_url: str, size: int = 20_000) -> None:
        self._reader = Reader(database_url)
        self.stops = Stops(database_url)
        self._size = size
        self._known: OrderedDict[Key, str] = OrderedDict()
        self._lock = threading.Lock()

    def cached(self, account: int, campaign: int, number: int, contact: int) -> str | None:
        """The target if it was looked up before; never waits."""
        return self._known.get((account, campaign, number, 0)) or self._known.get(
            (account, campaign, number, contact)
        )

    def find(self, account: int, campaign: int, number: int, contact: int) -> str | None:
        """The target, or None where there is no such link; raises psycopg2.Error without one."""
        with self._lock:
            rows = self._reader.select(_OWN, [contact, account, campaign, number])
            own, target = rows[0] if rows else (False, None)
            if target is None:
                return None
            if own:
                self._keep((account, campaign, number, contact), target)
            else:
                self._keep_all(self._reader.select(_OF_CAMPAIGN, [account, campaign]))
            return str(target)

    def warm_up(self) -> None:
        """Read the newest links; without a database they are read when they are asked for."""
        try:
            with self._lock:
                self._keep_all(reversed(self._reader.select(_NEWEST, [self._size // 2])))
        except psycopg2.Error as error:
            log.warning("tracking targets: nothing read at the start: %s", error)

    def _keep_all(self, rows: Any) -> None:
        for account, campaign, number, target in rows:
            self._keep((account, campaign, number, 0), target)

    def _keep(self, key: Key, target: str) -> None:
        self._known[key] = target
        while len(self._known) > self._size:
            self._known.popitem(last=False)
