"""How many requests of one person's mail are recorded: a loop somewhere must not fill the table."""

import time
from typing import Final

AN_HOUR: Final = 3600
MOST: Final = 300  # of one mail, by one process, in an hour
_PEOPLE: Final = 200_000


class Limit:
    """Counts per mail and hour, forgotten when the hour ends; answering goes on all the same."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._hour = 0
        self._counts: dict[tuple[int, int, int], int] = {}
        self.left_out = 0

    def allows(self, account: int, campaign: int, contact: int) -> bool:
        """Whether one more request of this mail is recorded."""
        hour = int(time.time()) // AN_HOUR
        if hour != self._hour or len(self._counts) > _PEOPLE:
            self._hour = hour
            self._counts.clear()
        key = (account, campaign, contact)
        count = self._counts.get(key, 0) + 1
        self._counts[key] = count
        if count > self._most:
            self.left_out += 1
        return count <= self._most
