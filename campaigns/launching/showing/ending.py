"""When the last of some mails leaves: by a pace, through sending hours and the numbers of days."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from marketing.models import Account

_LONGEST: Final = 3660  # days; nobody waits longer than this for an estimate
_DAY: Final = timedelta(days=1)


def ends_at(
    account: Account,
    mails: int,
    *,
    each: timedelta,
    allowed: Callable[[date], int | None],
    now: datetime,
) -> datetime:
    """When the last one leaves, if each takes so long and days allow so many (None: all)."""
    at = now.astimezone(ZoneInfo(account.time_zone))
    for day in (at.date() + n * _DAY for n in range(_LONGEST)):
        may = allowed(day)
        for opens, closes in _open_hours(account, day):
            start = max(opens, at)
            if start >= closes:
                continue
            room = int((closes - start) / each) if each else mails
            leave = min(mails, room) if may is None else min(mails, room, may)
            if leave == mails:
                return start + each * mails
            mails -= leave
            may = None if may is None else may - leave
    return at + _LONGEST * _DAY


def _open_hours(account: Account, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The account's sending hours of a day; those that pass midnight are two pieces of it."""
    zone = ZoneInfo(account.time_zone)
    start, end = account.sending_from, account.sending_until
    begins = datetime.combine(day, time(), tzinfo=zone)
    if start is None or end is None:
        yield begins, begins + _DAY
        return
    opens, closes = (datetime.combine(day, each, tzinfo=zone) for each in (start, end))
    if opens <= closes:
        yield opens, closes
    else:
        yield begins, closes
        yield opens, begins + _DAY
