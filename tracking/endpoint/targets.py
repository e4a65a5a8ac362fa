"""Where a link leads: stored targets by account, campaign and number; a bounded cache in front.

The cache keeps readers going while the database is away. Targets of links with merge tags are the
person's own, frozen when the mail was compiled.
"""

import threading
from collections import OrderedDict
from typing import Any

import psycopg2

Key = tuple[int, int, int, int]  # account, campaign, number, contact (0: the same for everybody)

SELECT = """
SELECT l.has_merge_tags, CASE WHEN l.has_merge_tags THEN t.target ELSE l.target END
FROM link l
LEFT JOIN link_target t ON l.has_merge_tags AND t.account_id = l.account_id
    AND t.campaign_id = l.campaign_id AND t.number = l.number AND t.contact_id = %s
WHERE l.account_id = %s AND l.campaign_id = %s AND l.number = %s
"""


class Targets:
    """Looks targets up through one connection; safe to call from several threads."""

    def __init__(self, database_url: str, size: int = 20_000) -> None:
        self._database_url = database_url
        self._size = size
        self._known: OrderedDict[Key, str] = OrderedDict()
        self._lock = threading.Lock()
        self._connection: Any = None

    def cached(self, account: int, campaign: int, number: int, contact: int) -> str | None:
        """The target if it was looked up before; never waits."""
        return self._known.get((account, campaign, number, 0)) or self._known.get(
            (account, campaign, number, contact)
        )

    def find(self, account: int, campaign: int, number: int, contact: int) -> str | None:
        """The target, or None where there is no such link; raises psycopg2.Error without one."""
        with self._lock:
            row = self._select([contact, account, campaign, number])
            own, target = row or (False, None)
            if target is None:
                return None
            self._known[account, campaign, number, contact if own else 0] = target
            while len(self._known) > self._size:
                self._known.popitem(last=False)
            return target

    def _select(self, values: list[int]) -> tuple[bool, str | None] | None:
        if self._connection is None or self._connection.closed:
            self._connection = psycopg2.connect(self._database_url)
            self._connection.autocommit = True
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(SELECT, values)
                row: tuple[bool, str | None] | None = cursor.fetchone()
                return row
        except psycopg2.Error:
            self._connection.close()
            raise
