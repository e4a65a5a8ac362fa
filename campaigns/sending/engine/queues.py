"""The queue of one relay: its portions take turns, letter by letter, to feed its pool of lines."""

import time
from collections import Counter, deque
from dataclasses import dataclass

from campaigns.sending.engine.portions import Held, Portion
from campaigns.sending.engine.routes import way_of
from campaigns.sending.relays.outlets import Outlet
from mailwire.client import Letter, Pool
from mailwire.outcomes import Kind, Outcome

AWAY_SECONDS = 2.0
MOST_PORTIONS = 4
FEWEST_ROWS, FIRST_ROWS, MOST_ROWS = 10, 100, 1000
SLOW_SECONDS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What a queue has room for, as it was when the loop looked: any thread may read it."""

    outlet: Outlet
    wants_portion: bool  # another lease would find lines
    full: frozenset[int]  # accounts that have their share of the places

    def is_for(self, account_id: int) -> bool:
        """One place is kept for another account: this one's rows may wait for its ledger."""
        return self.wants_portion and account_id not in self.full


class Queue:
    """What feeds one pool (mailwire.client.Feeder). Only used on the loop."""

    def __init__(self, outlet: Outlet) -> None:
        self.outlet = outlet
        self.pool = Pool(way_of(outlet), self, connections=outlet.connections, hops=outlet.hops)
        self.rows = FIRST_ROWS  # how many people a portion loads at once
        self.away_until = float("-inf")
        self.pace = 0.0  # seconds from a body to its reply, of late
        self.is_closing = False  # the slice ends
        self._portions: deque[Portion] = deque()

    @property
    def is_empty(self) -> bool:
        """Nobody is served."""
        return not self._portions

    def room(self) -> Room:
        """What it has room for now."""
        places = Counter(portion.lease.account_id for portion in self._portions)
        full = frozenset(account for account, own in places.items() if own >= MOST_PORTIONS - 1)
        return Room(outlet=self.outlet, wants_portion=self._wants_portion(), full=full)

    def _wants_portion(self) -> bool:
        if self.is_closing or self.pool.is_resting or time.monotonic() < self.away_until:
            return False
        if len(self._portions) >= MOST_PORTIONS:
            return False
        return len(self._portions) < 2 or self.waiting() < self.rows

    @property
    def is_slow(self) -> bool:
        """Its replies take their time: whoever ends a slice lets it finish first."""
        return self.pace > SLOW_SECONDS or self.pool.longest_wait > SLOW_SECONDS

    def add(self, portion: Portion) -> None:
        """A lease to take letters from."""
        self._portions.append(portion)

    def remove(self, portion: Portion) -> None:
        """It is done."""
        self._portions.remove(portion)

    def stop(self) -> None:
        """Take no more rows of anybody, until the next slice."""
        self.is_closing = True
        for portion in self._portions:
            portion.stop()

    def loaded(self, portion: Portion, seconds: float) -> None:
        """Learn how many rows to load at once: about as many as leave while a verdict counts."""
        if portion.went_stale:
            portion.went_stale = False
            self.rows = max(FEWEST_ROWS, self.rows // 4)
        elif seconds < 0.5:
            self.rows = min(MOST_ROWS, self.rows * 2)

    # --- mailwire.client.Feeder -----------------------------------------------------------------

    def waiting(self) -> int:
        """See Feeder."""
        return sum(len(portion.people) for portion in self._portions if portion.may_take)

    def take(self) -> Letter | None:
        """See Feeder. Each portion gives one letter in its turn."""
        for _ in range(len(self._portions)):
            portion = self._portions[0]
            self._portions.rotate(-1)
            letter = portion.next_letter()
            if letter is not None:
                return letter
        return None

    def may_write(self, letter: Letter) -> bool | None:
        """See Feeder."""
        held: Held = letter.key
        return held.portion.may_write(held)

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        """See Feeder."""
        held: Held = letter.key
        if held.written_at:
            self.pace += (time.monotonic() - held.written_at - self.pace) / 10
        held.portion.ended(held, outcome)

    def returned(self, letter: Letter) -> None:
        """See Feeder."""
        held: Held = letter.key
        held.portion.returned(held)

    def failed(self, outcome: Outcome) -> None:
        """See Feeder: nobody can be handed over to this relay now."""
        if outcome.kind is not Kind.REFUSED_US:
            self.away_until = time.monotonic() + AWAY_SECONDS
        for portion in self._portions:
            portion.relay_failed(outcome)
