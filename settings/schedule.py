"""Every periodic job on one screen. Each may run late, twice or not at all without harm."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {}
