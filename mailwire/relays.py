"""Several relays as one way out: each gets its share, and another's when that one is away.

`smtp://a:25?weight=3, smtps://user:pass@b:465` is read by `relays_from_urls`; `?tls=starttls` is
another spelling of `smtp+tls://`. Whoever opens a
connection asks `in_turn`, tries one after the other, and tells how it went.
"""

import re
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

from mailwire.relay import Relay, relay_from_url

FIRST_AWAY_SECONDS = 5.0
LONGEST_AWAY_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class Hop:
    """One of several relays; `weight` is its share of the connections."""

    relay: Relay
    weight: int = 1


@dataclass(slots=True)
class _State:
    credit: float = 0.0
    away_until: float = float("-inf")
    away_for: float = FIRST_AWAY_SECONDS


@dataclass(slots=True)
class Relays:
    """Whose turn it is. For one thread, or one loop; each process has its own."""

    hops: tuple[Hop, ...]
    clock: Callable[[], float] = time.monotonic
    _states: dict[int, _State] = field(default_factory=dict)

    def in_turn(self) -> list[Relay]:
        """The relay whose turn it is first, then the others; those that were away come last.

        Shares are kept by smooth weighted round robin: 3 and 1 give a a b a, not a a a b.
        """
        now = self.clock()
        here = [i for i in range(len(self.hops)) if self._state(i).away_until <= now]
        away = [i for i in range(len(self.hops)) if i not in here]
        for i in here:
            self._state(i).credit += self.hops[i].weight
        here.sort(key=lambda i: -self._state(i).credit)
        if here:
            self._state(here[0]).credit -= sum(self.hops[i].weight for i in here)
        away.sort(key=lambda i: self._state(i).away_until)
        return [self.hops[i].relay for i in (*here, *away)]

    def failed(self, relay: Relay) -> None:
        """It could not be used: for a while, longer each time, others come first."""
        for i in self._places(relay):
            state = self._state(i)
            state.away_until = self.clock() + state.away_for
            state.away_for = min(LONGEST_AWAY_SECONDS, state.away_for * 2)
            state.credit = 0.0

    def answered(self, relay: Relay) -> None:
        """It can be used again."""
        for i in self._places(relay):
            self._state(i).away_until = float("-inf")
            self._state(i).away_for = FIRST_AWAY_SECONDS

    def _places(self, relay: Relay) -> Iterable[int]:
        return [i for i, hop in enumerate(self.hops) if hop.relay == relay]

    def _state(self, place: int) -> _State:
        return self._states.setdefault(place, _State())


def relays_from_urls(text: str) -> tuple[Hop, ...]:
    """Read a list of relay URLs, between commas or blanks. Raises ValueError: see relay_from_url.

    A comma or blank in a password is written %2C or %20.
    """
    found = tuple(_hop(url) for url in re.split(r"[,\s]+", text.strip()) if url)
    if not found:
        raise ValueError("EMAIL_URL is empty")
    return found


def _hop(url: str) -> Hop:
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    if query.get("tls") == ["starttls"] and parts.scheme == "smtp":
        parts = parts._replace(scheme="smtp+tls")
    named = query.get("weight", ["1"])[-1]
    if not named.isdecimal() or not 1 <= int(named) <= 100:
        raise ValueError("EMAIL_URL: a weight is a number from 1 to 100")
    return Hop(relay=relay_from_url(urlunsplit(parts._replace(query=""))), weight=int(named))
