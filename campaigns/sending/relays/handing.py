"""What every transport is given and promises: one mail, its verdict's age, a sorted outcome."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from mailwire.message import Sendable
from mailwire.outcomes import Outcome

VERDICT_SECONDS = 2.0


class VerdictTooOld(Exception):
    """A mail was handed over on a verdict that no longer counts; it did not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail on its way out. `verdict_at` is on the monotonic clock.

    `account_id`, `campaign_id`, `contact_id` are our recipient key: provider events name it.
    """

    mail: Sendable
    envelope_sender: str
    verdict_at: float
    account_id: int = 0
    campaign_id: int = 0
    contact_id: int = 0


class Transport(Protocol):
    """Hands one mail over and says how that ended; never raises for what the far end does."""

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """`on_body` is called before the far end can have the whole mail. Thread-safe."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def check_verdict(outgoing: Outgoing) -> None:
    """Raises VerdictTooOld. Every transport calls this first."""
    age = time.monotonic() - outgoing.verdict_at
    if age > VERDICT_SECONDS:
        raise VerdictTooOld(f"The verdict is {age:.1f} seconds old.")
