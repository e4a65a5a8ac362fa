"""How long an import still takes, in words, from what it has stored so far. Pure."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from consent.importing.models import Import


@dataclass(frozen=True)
class Estimate:
    """Two lines beside the number of stored rows."""

    left: str
    pace: str


def estimate_of(imported: Import, *, now: datetime, zone: str) -> Estimate:
    """Before the first batch is stored nobody can know."""
    begun, advanced = imported.started_at, imported.advanced_at
    spent = (advanced - begun).total_seconds() if begun and advanced else 0.0
    if not imported.position or not imported.rows or spent <= 0:
        return Estimate("Working out how long it takes", "")
    per_second = imported.position / spent
    seconds = max(0.0, (imported.rows - imported.position) / per_second)
    ends = (now + timedelta(seconds=seconds)).astimezone(ZoneInfo(zone))
    pace = f"{per_second * 60:,.0f} rows a minute, ends around {ends:%H:%M}"
    return Estimate(f"{_duration(seconds)} left", pace)


def _duration(seconds: float) -> str:
    """Rounded up."""
    minutes = max(1, math.ceil(seconds / 60))
    if minutes < 60:
        return f"About {minutes} minute{'' if minutes == 1 else 's'}"
    hours = math.ceil(minutes / 60)
    return f"About {hours} hour{'' if hours == 1 else 's'}"
