"""Letters from any iterable to one relay: the client for whoever has no queue of their own."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Iterator

from mailwire.client.letters import Letter
from mailwire.client.opening import Way
from mailwire.client.pool import Patience, Pool
from mailwire.outcomes import Kind, Outcome

FAILURES = 3
Ended = Callable[[Letter, Outcome], None]


async def deliver_all(
    way: Way,
    letters: Iterable[Letter],
    on_end: Ended,
    *,
    connections: int = 10,
    patience: Patience | None = None,
) -> None:
    """Hand all letters over; `on_end` is called once for each, also when the relay is away."""
    shelf = _Shelf(iter(letters), on_end)
    pool = Pool(way, shelf, connections=connections, patience=patience)
    pool.wake()
    while not shelf.is_done or not pool.is_quiet:
        await asyncio.sleep(0.02)
        pool.tick()
    await pool.close()


class _Shelf:
    """A Feeder over an iterator."""

    def __init__(self, letters: Iterator[Letter], on_end: Ended) -> None:
        self._letters = letters
        self._on_end = on_end
        self._back: deque[Letter] = deque()
        self._failures = 0
        self._fill()

    @property
    def is_done(self) -> bool:
        return not self._back

    def waiting(self) -> int:
        self._fill()
        return len(self._back)

    def take(self) -> Letter | None:
        if self._back:
            return self._back.popleft()
        return next(self._letters, None)

    def may_write(self, letter: Letter) -> bool | None:
        return True

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        self._failures = 0
        self._on_end(letter, outcome)

    def returned(self, letter: Letter) -> None:
        self._back.append(letter)

    def failed(self, outcome: Outcome) -> None:
        self._failures += 1
        if outcome.kind is Kind.REFUSED_US or self._failures >= FAILURES:
            while (letter := self.take()) is not None:
                self._on_end(letter, outcome)

    def _fill(self) -> None:
        """Look ahead, so that as many lines are opened as there is work for."""
        while len(self._back) < 100 and (letter := next(self._letters, None)) is not None:
            self._back.append(letter)
