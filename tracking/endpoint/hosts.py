"""Hosts of accounts' own: on such a host only that account's tokens work.

Read anew in the background; a host that DNS does not prove (any more) is nobody's, like the shared
one, so that links of old mails go on.
"""

import logging
import threading
import time
from typing import Any, Final

import psycopg2

from tracking.endpoint.writing import connected

log = logging.getLogger(__name__)

EVERY_S: Final = 30.0
_SELECT: Final = """
SELECT host, account_id FROM measuring WHERE host <> '' AND host_verified_at IS NOT NULL
"""


class Hosts:
    """Who owns a host; `read` is called from another thread."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._owners: dict[str, int] = {}
        self._read_at = self._asked_at = 0.0
        self._lock = threading.Lock()

    @property
    def is_known(self) -> bool:
        """Whether they were ever read."""
        return self._read_at > 0

    def takes_turn(self) -> bool:
        """Whether it is time to read them anew: for one request, the next ones need not."""
        now = time.monotonic()
        if now - max(self._read_at, self._asked_at) <= EVERY_S:
            return False
        self._asked_at = now
        return True

    def allows(self, host: str, account: int) -> bool:
        """Whether the account's tokens work on this host (a Host header, with or without port)."""
        owner = self._owners.get(host.rpartition(":")[0] or host) if host else None
        return owner is None or owner == account

    def read(self) -> None:
        """Read them; without a database those of before stay."""
        with self._lock:
            try:
                self._owners = self._asked()
            except psycopg2.Error as error:
                log.warning("tracking hosts: not read: %s", error)
            self._read_at = time.monotonic()

    def _asked(self) -> dict[str, int]:
        connection: Any = connected(self._database_url)
        try:
            with connection.cursor() as cursor:
                cursor.execute(_SELECT)
                return dict(cursor.fetchall())
        finally:
            connection.close()
