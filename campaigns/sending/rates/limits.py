"""What is allowed: the operator's limits, the account's own, the plans of its sender domains.

Read from the database at most every two seconds per account, so that a change acts that soon.
"""

import re
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as midnight
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from campaigns.sending.rates.models import DAY, Scope, SendingLimit, WarmUp
from campaigns.sending.rates.starting import starting_plan
from campaigns.sending.rates.storing import key
from campaigns.sending.rates.warming import Plan
from campaigns.sending.rates.windows import Window
from marketing.accounts.models import Account
from marketing.tenancy import use_account

KEEP_SECONDS = 2.0
UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": DAY}
_RULE = re.compile(r"(relay|account|sender|group)(?::(\S+?))?=(\d+)/(?:(\d+) ?)?([a-z]*?)s?")


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `mails` in `seconds`. `name` "": each of its kind; `is_ours`: set by the operator."""

    scope: str  # a Scope, or "relay"
    name: str
    mails: int
    seconds: int
    is_ours: bool = False

    def is_for(self, scope: str, name: str) -> bool:
        """It counts this one."""
        return self.scope == scope and self.name in {"", name}


@dataclass(frozen=True, slots=True)
class Limits:
    """Everything that limits one account, at one moment."""

    account_id: int
    time_zone: str
    limits: tuple[Limit, ...]
    plans: dict[str, Plan]
    starting: Plan | None = None  # of a new account, see starting

    def today(self, now: datetime | None = None) -> date:
        """The account's calendar day."""
        return (now or timezone.now()).astimezone(ZoneInfo(self.time_zone)).date()

    def midnight_after(self, day: date) -> datetime:
        """When the account's next day begins."""
        return datetime.combine(
            day + timedelta(days=1), midnight(), tzinfo=ZoneInfo(self.time_zone)
        )

    def windows(self, route: str, sender: str) -> tuple[Window, ...]:
        """Windows that every mail of this sender passes through on this route."""
        found = [
            *self._windows("relay", route, route=route),
            *self._windows(Scope.ACCOUNT, ""),
            *self._windows(Scope.SENDER, sender),
        ]
        return tuple(found)

    def group_windows(self, route: str, group: str) -> tuple[Window, ...]:
        """Windows of one receiving group: the operator's count what the route sends in all."""
        return tuple(self._windows(Scope.GROUP, group, route=route))

    def day_limits(self, sender: str, *, day: date) -> dict[tuple[str, str], int]:
        """(scope, name) to the number of that whole day; the smallest where there are several."""
        found: dict[tuple[str, str], int] = {}
        for scope, name in ((Scope.ACCOUNT, ""), (Scope.SENDER, sender)):
            numbers = [
                limit.mails
                for limit in self.limits
                if limit.seconds == DAY and limit.is_for(scope, name)
            ]
            if numbers:
                found[str(scope), name] = min(numbers)
        low = self.starting.number_on(day) if self.starting else None
        if low is not None:
            whole = str(Scope.ACCOUNT), ""
            found[whole] = min(found.get(whole, low), low)
        domain = sender.rpartition("@")[2].lower()
        plan = self.plans.get(domain)
        number = plan.number_on(day) if plan else None
        if number is not None:
            found[str(Scope.DOMAIN), domain] = number
        return found

    def _windows(self, scope: str, name: str, *, route: str = "") -> list[Window]:
        """The operator's count what the route sends in all, the account's own its part of it."""
        found = []
        for limit in self.limits:
            if limit.is_for(scope, name) and limit.seconds != DAY:
                owner = route if limit.is_ours and route else f"account-{self.account_id}"
                number = f"{limit.seconds}-{int(limit.is_ours)}"
                name_of = key(scope, owner, name, number)
                found.append(Window(name_of, limit.mails, limit.seconds))
        return found


_kept: dict[int, tuple[float, Limits]] = {}


def limits_of(account_id: int) -> Limits:
    """The account's limits, at most two seconds old."""
    kept = _kept.get(account_id)
    if kept is not None and time.monotonic() - kept[0] < KEEP_SECONDS:
        return kept[1]
    found = read_limits(account_id)
    if len(_kept) > 1000:
        _kept.clear()
    _kept[account_id] = (time.monotonic(), found)
    return found


def read_limits(account_id: int) -> Limits:
    """The account's limits as they are now: four queries at most."""
    with use_account(account_id):
        zone = Account.objects.values_list("time_zone", flat=True).get(pk=account_id)
        own = SendingLimit.objects.for_account(account_id).order_by("id")
        plans = WarmUp.objects.for_account(account_id)
        return Limits(
            account_id=account_id,
            time_zone=zone,
            limits=(
                *operators_limits(),
                *(Limit(row.scope, row.name, row.mails, row.seconds) for row in own),
            ),
            plans={
                row.domain: Plan(row.starts_on, row.first_day, row.growth, row.target)
                for row in plans
            },
            starting=starting_plan(account_id, timezone.now().astimezone(ZoneInfo(zone)).date()),
        )


def operators_limits() -> tuple[Limit, ...]:
    """Those of the setting SENDING_LIMITS. Raises ImproperlyConfigured: it can not be read."""
    return _read_rules(settings.SENDING_LIMITS)


@lru_cache(maxsize=8)
def _read_rules(text: str) -> tuple[Limit, ...]:
    """`relay=50/second; account=100000/day; group:google.com=500/10 minutes`."""
    found = []
    for part in text.split(";"):
        rule = part.strip()
        if not rule:
            continue
        read = _RULE.fullmatch(rule)
        unit = UNITS.get(read[5] or "second") if read else None
        if read is None or unit is None or int(read[3]) < 1:
            text = f"SENDING_LIMITS: {rule!r} is not like group:google.com=500/minute"
            raise ImproperlyConfigured(text)
        seconds = int(read[4] or 1) * unit
        found.append(Limit(read[1], read[2] or "", int(read[3]), seconds, is_ours=True))
    return tuple(found)
