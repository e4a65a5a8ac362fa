"""Times as the pages about the ledger show them: short in lists, exact as evidence."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone


def short_time(at: datetime, zone: str) -> str:
    """ "Today, 10:11", "24 Nov, 21:16", with the year where it is another one."""
    local, today = at.astimezone(ZoneInfo(zone)), timezone.now().astimezone(ZoneInfo(zone))
    if local.date() == today.date():
        return f"Today, {local:%H:%M}"
    year = "" if local.year == today.year else f" {local.year}"
    return f"{local.day} {local:%b}{year}, {local:%H:%M}"


def day(at: datetime, zone: str) -> str:
    """ "24 Nov 2026"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b %Y}"


def evidence_time(at: datetime, zone: str) -> str:
    """With milliseconds, in the account's zone and in UTC."""
    local, utc = at.astimezone(ZoneInfo(zone)), at.astimezone(UTC)
    exact = f"{local.day} {local:%b %Y, %H:%M:%S}.{local.microsecond // 1000:03}"
    return f"{exact} ({utc:%H:%M:%S}.{utc.microsecond // 1000:03} UTC)"


def day_or_time(chained: str, zone: str) -> str:
    """A chained time in words: "1 March 2025" where it is the start of a day in the zone, which is
    how a date without a time is kept."""
    local = datetime.fromisoformat(chained).astimezone(ZoneInfo(zone))
    is_day = local.time() == datetime.min.time()
    return f"{local.day} {local:%B %Y}" if is_day else evidence_time(local, zone)


def duration(span: timedelta) -> str:
    """ "23 h 41 min", at least a minute."""
    minutes = max(1, round(span.total_seconds() / 60))
    days, rest = divmod(minutes, 24 * 60)
    hours, minutes = divmod(rest, 60)
    parts = [(days, "d"), (hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
