"""Dates as files hold them: ISO 8601 or day.month.year; nothing ambiguous. Pure."""

import re
from datetime import UTC, datetime, tzinfo
from typing import Final

_ISO: Final = re.compile(r"\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}.*)?")
_DOTTED: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)")


class BadDate(ValueError):
    """No date we can read; the text is the end of a sentence."""


def read_instant(text: str, zone: tzinfo) -> datetime:
    """The instant in `text`, in UTC; `zone` is meant where it names none, of a day its start."""
    dotted = _DOTTED.fullmatch(text.strip())
    iso = text.strip()
    if dotted:
        day, month, year, rest = dotted.groups()
        iso = f"{year}-{month:0>2}-{day:0>2}{rest}"
    if not _ISO.fullmatch(iso):
        raise BadDate("write it like 2026-11-02")
    month_number = int(iso[5:7])
    if not 1 <= month_number <= 12:
        raise BadDate(f"there is no month {month_number}")
    try:
        found = datetime.fromisoformat(iso)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):  # in another zone it may be a day of the year 0
        raise BadDate(f"there is no {text.strip()}") from None
