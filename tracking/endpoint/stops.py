"""Links that the operator stopped, read anew every two seconds whether anybody asks or not.

So no reader waits for it, and the first one after a quiet night is warned too. While the database
is away what was stopped stays stopped.
"""

import logging
import threading
from typing import Final

from tracking.endpoint.reading import Reader

log = logging.getLogger(__name__)

EVERY_S: Final = 2.0
LIMIT: Final = 10_000
# Whole accounts first, then the newest: only those could be too many.
_SELECT: Final = f"""
SELECT account_id, campaign_id, number FROM stopped_link WHERE undone_at IS NULL
ORDER BY campaign_id > 0, id DESC LIMIT {LIMIT}
"""


class Stops:
    """`covers` never waits; `read` is called from another thread."""

    def __init__(self, database_url: str) -> None:
        self._reader = Reader(database_url)
        self._stopped: frozenset[tuple[int, ...]] = frozenset()
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._failing = False
        self.is_known = False  # they were read once, or could not be

    def covers(self, account: int, campaign: int, number: int) -> bool:
        """Whether this link is stopped."""
        stopped = self._stopped
        return bool(stopped) and (
            (account, 0, 0) in stopped or (account, campaign, number) in stopped
        )

    def read(self) -> None:
        """Read them; without a database those of before stay."""
        with self._lock:
            try:
                rows = self._reader.select(_SELECT)
                self._stopped, self._failing = frozenset(rows), False
                if len(rows) == LIMIT:
                    log.error("tracking stops: more than %s, stop accounts instead", LIMIT)
            # Whatever it is: without the thread that reads them no link is ever stopped.
            except Exception:
                if not self._failing:
                    log.exception("tracking stops: not read")
                self._failing = True
            self.is_known = True

    def watch(self) -> None:
        """Read them again and again, in a thread of its own, until `end`."""
        threading.Thread(target=self._go_on, name="tracking-stops", daemon=True).start()

    def end(self) -> None:
        """Read no more."""
        self._ended.set()

    def _go_on(self) -> None:
        self.read()
        while not self._ended.wait(EVERY_S):
            self.read()
