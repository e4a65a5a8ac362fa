"""What limits mean for the time a campaign takes: mails of each day, seconds between two mails."""

from collections.abc import Callable
from datetime import date, timedelta

from django.core.exceptions import ImproperlyConfigured

from campaigns.sending.rates import days
from campaigns.sending.rates.limits import limits_of
from campaigns.sending.rates.taking import SHARED_ROUTE
from campaigns.sending.relays.outlets import outlet_of

NO_TIME = timedelta(0)
Allowed = Callable[[date], int | None]


def allowed_each_day(account_id: int, sender: str, *, is_request: bool = False) -> Allowed:
    """How many mails of this sender may leave on a day, of today what is left; None: all.

    Promotions leave a tenth of each day to consent requests.
    """
    limits = limits_of(account_id)
    today = limits.today()
    taken = days.taken_on(account_id, today) if limits.day_limits(sender, day=today) else {}

    def allowed(day: date) -> int | None:
        numbers = limits.day_limits(sender, day=day)
        left = [
            days.limit_for(most, is_request=is_request)
            - (taken.get(each, 0) if day == today else 0)
            for each, most in numbers.items()
        ]
        return max(0, min(left)) if left else None

    return allowed


def between_mails(account_id: int, sender: str) -> timedelta:
    """What the tightest window of seconds, minutes or hours leaves between two mails."""
    try:
        route = outlet_of(account_id).key
    except ImproperlyConfigured:
        route = SHARED_ROUTE
    windows = limits_of(account_id).windows(route, sender)
    return max(
        (timedelta(seconds=window.seconds) / window.mails for window in windows), default=NO_TIME
    )
