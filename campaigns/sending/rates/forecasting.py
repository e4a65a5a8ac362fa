"""What a day's numbers mean for a campaign: what leaves today, and when the last mail will."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from campaigns.sending.rates import days
from campaigns.sending.rates.limits import Limits, limits_of
from campaigns.sending.rates.models import Scope

_LONGEST = 3660


@dataclass(frozen=True, slots=True)
class Forecast:
    """`today` of the mails may leave today; the last one on `last_day`. `why`: what limits them."""

    today: int
    last_day: date
    why: str

    @property
    def words(self) -> str:
        """For the launch page."""
        last = f"{self.last_day.day} {self.last_day:%b %Y}"
        return f"{self.why}: {self.today:,} leave today, the last on {last}."


@dataclass(frozen=True, slots=True)
class UsedUp:
    """Nothing more of this day; it goes on at `until`."""

    why: str
    until: datetime


def forecast(account_id: int, sender: str, mails: int) -> Forecast | None:
    """How a campaign of so many mails spreads over days; None if all may leave today."""
    limits = limits_of(account_id)
    day = limits.today()
    numbers = limits.day_limits(sender, day=day)
    if not numbers or not mails:
        return None
    taken = days.taken_on(account_id, day)
    left = {each: max(0, _promotions(most) - taken.get(each, 0)) for each, most in numbers.items()}
    today = min(mails, *left.values())
    if today == mails:
        return None
    last = _last_day(mails - today, day, lambda on: _allowed_on(limits, sender, on))
    tightest = min(left, key=lambda each: left[each])
    return Forecast(today, last, _why(tightest, numbers, is_new=_is_new(limits, tightest, day)))


def used_up(account_id: int, sender: str) -> UsedUp | None:
    """The day's number that promotions have used up, if one is."""
    limits = limits_of(account_id)
    day = limits.today()
    numbers = limits.day_limits(sender, day=day)
    if not numbers:
        return None
    taken = days.taken_on(account_id, day)
    for each, most in numbers.items():
        if taken.get(each, 0) >= _promotions(most):
            why = _why(each, numbers, is_new=_is_new(limits, each, day))
            return UsedUp(why, limits.midnight_after(day))
    return None


def _promotions(number: int) -> int:
    return days.limit_for(number, is_request=False)


def _allowed_on(limits: Limits, sender: str, day: date) -> int | None:
    numbers = limits.day_limits(sender, day=day)
    return min(_promotions(most) for most in numbers.values()) if numbers else None


def _last_day(left: int, day: date, allowed_on: Callable[[date], int | None]) -> date:
    for _ in range(_LONGEST):
        day += timedelta(days=1)
        allowed = allowed_on(day)
        if allowed is None or allowed >= left:
            break
        left -= allowed
    return day


def _is_new(limits: Limits, number: days.Number, day: date) -> bool:
    """The account's number is that of a new account."""
    low = limits.starting.number_on(day) if limits.starting else None
    return number[0] == Scope.ACCOUNT and limits.day_limits("", day=day).get(number) == low


def _why(number: days.Number, numbers: dict[days.Number, int], *, is_new: bool) -> str:
    scope, name = number
    if is_new:
        return f"This account is new, {numbers[number]:,} mails today"
    if scope == Scope.DOMAIN:
        return f"Warm-up of {name}, today {numbers[number]:,}"
    whose = f"Daily limit of {name}" if name else "Daily limit"
    return f"{whose}, {numbers[number]:,} mails"
