"""How moments and durations read: "today 09:50", "18 Nov 2026, 09:00", "about 11 minutes"."""

import math
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from marketing.models import Account


def moment(at: datetime | None, zone: str, *, now: datetime | None = None) -> str:
    """A moment in the account's time zone; "" for none."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    today = (now or timezone.now()).astimezone(ZoneInfo(zone)).date()
    if local.date() == today:
        return f"today {local:%H:%M}"
    return f"{local.day} {local:%b %Y, %H:%M}"


def day(at: datetime | None, zone: str) -> str:
    """The day of a moment: "18 Nov 2026"."""
    if at is None:
        return ""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def duration(length: timedelta) -> str:
    """Rounded up: "about 11 minutes", "about 2 hours"."""
    minutes = max(1, math.ceil(length.total_seconds() / 60))
    if minutes < 60:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    hours = math.ceil(minutes / 60)
    return f"about {hours} hour{'' if hours == 1 else 's'}"


def share(part: int, whole: int) -> str:
    """A rate with its base's manners: none under 20, one decimal, two under 0.1, never 100 %."""
    if whole < 20:
        return ""
    percent = 100 * part / whole
    if part and percent < 0.1:
        return f"{percent:.2f}%"
    if part < whole and percent > 99.9:
        return "99.9%"
    return f"{percent:.1f}%"


def opens_at(account: Account, *, now: datetime | None = None) -> str:
    """ "08:00" while the account's sending hours are closed, "" while they are open or not set."""
    start, end = account.sending_from, account.sending_until
    if start is None or end is None:
        return ""
    time = (now or timezone.now()).astimezone(ZoneInfo(account.time_zone)).time()
    is_open = start <= time < end if start <= end else time >= start or time < end
    return "" if is_open else f"{start:%H:%M}"
