"""The lines to one relay: as many as it takes, fewer when it complains, more again slowly.

421 and refused connections halve the number of lines and let the relay rest for a while; each
round of accepted letters allows one more. 421 after some letters is the server's limit per line.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from mailwire.client.letters import Letter
from mailwire.client.line import Line
from mailwire.client.opening import OpeningFailed, Way, open_line
from mailwire.client.owner import Step
from mailwire.outcomes import Kind, Outcome, Stage, broken_line
from mailwire.relays import Hop, Relays

FIRST_REST = 1.0
LONGEST_REST = 60.0
PLAIN_SECONDS = 300.0
IDLE_SECONDS = 20.0


class Feeder(Protocol):
    """Where a pool's letters come from. Called on the loop; must not wait."""

    def waiting(self) -> int:
        """How many letters `take` could give now."""
        ...

    def take(self) -> Letter | None:
        """The next letter; None: nobody now, `Pool.wake` is called when there is."""
        ...

    def may_write(self, letter: Letter) -> bool | None:
        """Asked just before the body is written, the place for a journal's byte.

        False drops the line (the letter comes back); None: not known yet, the pool asks again
        at each tick and when told by `Pool.ask_again`.
        """
        ...

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        """The delivery is over."""
        ...

    def returned(self, letter: Letter) -> None:
        """Nothing of the body left; the letter may be taken again."""
        ...

    def failed(self, outcome: Outcome) -> None:
        """No line could be opened: the relay is away, or refuses us."""
        ...


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds to wait for replies. RFC 5321 suggests ten minutes for the final one."""

    command: float = 30.0
    final_reply: float = 120.0


class Pool:
    """The connections to one relay, or to several that share the letters and stand in for each
    other. Everything happens on the loop that runs it.
    """

    def __init__(
        self,
        way: Way,
        feeder: Feeder,
        *,
        connections: int = 10,
        patience: Patience | None = None,
        hops: tuple[Hop, ...] = (),
    ) -> None:
        self.way = way
        self._relays = Relays(hops or (Hop(relay=way.relay),))
        self.connections = connections
        self._feeder = feeder
        self._patience = patience or Patience()
        self._loop = asyncio.get_running_loop()
        self._lines: set[Line] = set()
        self._idle: dict[Line, float] = {}
        self._opening: set[asyncio.Task[None]] = set()
        self._allowed = float(connections)
        self._rest = FIRST_REST
        self._rests_until = 0.0
        self._plain_until = 0.0
        self._is_open = True
        self._is_empty = asyncio.Event()

    # --- what the driver does with it -----------------------------------------------------------

    @property
    def allowed(self) -> int:
        """How many lines may be open now."""
        return max(1, int(self._allowed))

    @property
    def is_resting(self) -> bool:
        """The relay complained or was away a moment ago."""
        return self._loop.time() < self._rests_until

    @property
    def in_flight(self) -> list[Letter]:
        """Letters that are on a line."""
        return [letter for line in self._lines for letter in line.in_flight]

    @property
    def held(self) -> list[Letter]:
        """Letters whose bodies wait for `may_write`."""
        return [line.held for line in self._lines if line.held is not None]

    @property
    def is_quiet(self) -> bool:
        """Nothing is on a line, none is being opened."""
        return not self._opening and not any(line.in_flight for line in self._lines)

    @property
    def longest_wait(self) -> float:
        """For how many seconds some line waits for its next reply."""
        now = self._loop.time()
        waits = [now - line.waits_since for line in self._lines if line.waits_for is not None]
        return max(waits, default=0.0)

    def wake(self) -> None:
        """There are letters: give idle lines work and open as many lines as are missing."""
        for line in list(self._idle):
            if not self._feeder.waiting():
                return
            self._idle.pop(line, None)
            line.go_on()
        if self.is_resting or not self._is_open:
            return
        room = self.allowed - len(self._lines) - len(self._opening)
        for _ in range(min(room, self._feeder.waiting() - len(self._opening))):
            task = self._loop.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    def ask_again(self) -> None:
        """Something about the held letters is known now."""
        for line in list(self._lines):
            if line.is_held:
                line.go_on()

    def tick(self) -> None:
        """A few times a second: time-outs, held letters, rests that are over, idle lines."""
        now = self._loop.time()
        for line in list(self._lines):
            self._check_time(line, now)
        self.ask_again()
        for line, since in list(self._idle.items()):
            if now - since > IDLE_SECONDS:
                self._idle.pop(line, None)
                line.quit()
        if self._feeder.waiting():
            self.wake()

    def drop_unwritten(self, why: str) -> None:
        """Let go of letters that were only announced; bodies on the wire get their reply."""
        for line in list(self._lines):
            line.end(why)

    def drop_all(self, why: str) -> None:
        """Close everything at once; bodies on the wire become unknown."""
        for line in list(self._lines):
            line.drop(why, is_ours=True)

    async def close(self) -> None:
        """Say goodbye to the relay; nothing may be in flight."""
        self._is_open = False
        for task in list(self._opening):
            task.cancel()
        for line in list(self._lines):
            line.quit()
        await self._wait_for_goodbyes(1.0)
        self.drop_all("Closed")
        await asyncio.sleep(0)

    async def _wait_for_goodbyes(self, seconds: float) -> None:
        self._is_empty.clear()
        if self._lines:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_empty.wait(), seconds)

    # --- what its lines tell it (line.Owner) -----------------------------------------------------

    def take(self) -> Letter | None:
        """See line.Owner."""
        return self._feeder.take()

    def may_write(self, letter: Letter) -> bool | None:
        """See line.Owner."""
        return self._feeder.may_write(letter)

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        """See line.Owner. Each round of accepted letters allows one line more."""
        if outcome.kind is Kind.ACCEPTED:
            self._rest = FIRST_REST
            if self._allowed < self.connections:
                self._allowed = min(self.connections, self._allowed + 0.1 / self._allowed)
        self._feeder.ended(letter, outcome)

    def returned(self, letter: Letter, outcome: Outcome | None) -> None:
        """See line.Owner. The second broken line is the letter's own fault, as far as we know."""
        letter.returned += outcome is not None
        if outcome is not None and letter.returned > 1:
            later = broken_line(Stage.RCPT, body_on_the_wire=False, text=outcome.text)
            self._feeder.ended(letter, later)
        else:
            self._feeder.returned(letter)

    def rests(self, line: Line) -> None:
        """See line.Owner."""
        self._idle[line] = self._loop.time()

    def busy(self, line: Line, outcome: Outcome) -> None:
        """See line.Owner. After some letters it is the server's limit per line, else a rest."""
        if outcome.stage is not Stage.MAIL:
            self._complained()
        elif not line.carried:
            self._complained()
            self._feeder.failed(outcome)

    def surprised(self, line: Line, why: str) -> None:
        """See line.Owner. One reply at a time for a while."""
        self._plain_until = self._loop.time() + PLAIN_SECONDS

    def gone(self, line: Line) -> None:
        """See line.Owner."""
        self._lines.discard(line)
        self._idle.pop(line, None)
        if not self._lines:
            self._is_empty.set()
        if self._is_open and self._feeder.waiting():
            self._loop.call_soon(self.wake)

    async def _open(self) -> None:
        line = await self._open_somewhere()
        if line is None:
            return
        self._lines.add(line)
        if self._is_open:
            line.go_on()
        else:
            line.quit()

    async def _open_somewhere(self) -> Line | None:
        """A line to the relay whose turn it is, or to one that stands in for it."""
        is_plain = self._loop.time() < self._plain_until
        failure = None
        for relay in self._relays.in_turn():
            try:
                line = await open_line(self, replace(self.way, relay=relay), is_plain=is_plain)
            except OpeningFailed as failed:
                self._relays.failed(relay)
                failure = failure or failed
            else:
                self._relays.answered(relay)
                return line
        self._complained()
        # While other lines work it is only one too many.
        if failure is not None and not self._lines:
            self._feeder.failed(failure.outcome)
        return None

    def _complained(self) -> None:
        now = self._loop.time()
        if now < self._rests_until:
            return
        self._allowed = max(1.0, min(self._allowed, len(self._lines) or 1) / 2)
        self._rests_until = now + self._rest
        self._rest = min(LONGEST_REST, self._rest * 2)

    def _check_time(self, line: Line, now: float) -> None:
        step = line.waits_for
        if step is None:
            return
        limit = self._patience.final_reply if step is Step.BODY else self._patience.command
        if now - line.waits_since > limit:
            line.drop(f"No reply within {limit:g} seconds")
