"""Warm-up plans as numbers: what a new sender domain may send on which day. Pure functions."""

from dataclasses import dataclass
from datetime import date, timedelta

# A plan that never ends is a mistake in it; nobody waits longer than this for an estimate.
_LONGEST = 3660


@dataclass(frozen=True, slots=True)
class Plan:
    """`first_day` mails on the first day, `growth` percent more each day, until `target`."""

    starts_on: date
    first_day: int
    growth: int
    target: int

    def number_on(self, day: date) -> int | None:
        """What may be sent on this day; None: the plan has reached its end, nothing is limited.

        Before its first day a plan already lets its first number through.
        """
        number = self.first_day
        for _ in range(min(_LONGEST, max(0, (day - self.starts_on).days))):
            if number >= self.target:
                return None
            number = max(number + 1, number * (100 + self.growth) // 100)
        return None if number >= self.target else number

    def ends_on(self) -> date:
        """The first day without a limit."""
        day = self.starts_on
        while self.number_on(day) is not None and (day - self.starts_on).days < _LONGEST:
            day += timedelta(days=1)
        return day
