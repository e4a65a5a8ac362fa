"""What a line of the pipelined client waits for, and what it asks and tells its owner."""

from enum import IntEnum
from typing import TYPE_CHECKING, Protocol

from mailwire.client.letters import Letter
from mailwire.outcomes import Outcome

if TYPE_CHECKING:
    from mailwire.client.line import Line


class Step(IntEnum):
    """What the next reply answers."""

    MAIL = 1
    RCPT = 2
    DATA = 3
    BODY = 4
    NOTHING = 5  # the lone dot after a refused recipient
    RSET = 6
    QUIT = 7


class Owner(Protocol):
    """Who gives a line its letters and is told how they ended."""

    def take(self) -> Letter | None:
        """The next letter for a line that has room; None: nobody now."""
        ...

    def may_write(self, letter: Letter) -> bool | None:
        """Asked just before a body: yes; no, drop the line; None, ask again by `go_on`."""
        ...

    def ended(self, letter: Letter, outcome: Outcome) -> None:
        """The delivery is over, well or badly."""
        ...

    def returned(self, letter: Letter, outcome: Outcome | None) -> None:
        """Nothing of the body left. The outcome is the letter's if it can be its fault."""
        ...

    def rests(self, line: "Line") -> None:
        """The line has nothing to do."""
        ...

    def busy(self, line: "Line", outcome: Outcome) -> None:
        """The server said 421 and closes."""
        ...

    def surprised(self, line: "Line", why: str) -> None:
        """The server does not follow the protocol as it offered; the line is being dropped."""
        ...

    def gone(self, line: "Line") -> None:
        """The connection is no more; called once, after everything else."""
        ...
