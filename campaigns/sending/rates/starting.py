"""New accounts start low: what they may send in a day grows with clean sending.

Off where NEW_ACCOUNT_MAILS is 0. How clean it was is judged above, by tracking.deliverability.
"""

from datetime import date
from typing import Final

from django.conf import settings
from django.utils import timezone

from campaigns.sending.rates.models import Allowance, Scope, SendingDay
from campaigns.sending.rates.warming import Plan

GROWTH: Final = 50  # percent, for each clean day
_USED: Final = 4  # a day counts that used one part in so many of what it might


def starting_plan(account_id: int, today: date) -> Plan | None:
    """Today's number, and those of the days to come if all of them are clean; None: no limit.

    Call inside `use_account`.
    """
    if not settings.NEW_ACCOUNT_MAILS:
        return None
    row = Allowance.objects.for_account(account_id).first()
    if row is not None and row.done_at is not None:
        return None
    number = row.number if row else settings.NEW_ACCOUNT_MAILS
    return Plan(today, number, GROWTH, settings.NEW_ACCOUNT_UNTIL)


def grow(account_id: int, today: date, *, is_clean: bool) -> Allowance | None:
    """Count the days since the last time; None where the account is not limited.

    A second time on the same day changes nothing. Call inside `use_account`.
    """
    plan = starting_plan(account_id, today)
    if plan is None:
        return None
    row, _ = Allowance.objects.select_for_update().get_or_create(
        account_id=account_id, defaults={"number": plan.first_day}
    )
    if row.done_at is None and row.grown_on != today:
        if is_clean:
            _add(row, _days_used(row, today))
        row.grown_on = today
        row.save(update_fields=["number", "grown_on", "done_at"])
    return row


def _days_used(row: Allowance, today: date) -> int:
    rows = SendingDay.objects.for_account(row.account_id)
    whole = rows.filter(scope=Scope.ACCOUNT, name="", day__lt=today)
    if row.grown_on is not None:
        whole = whole.filter(day__gte=row.grown_on)
    return whole.filter(taken__gte=max(1, row.number // _USED)).count()


def _add(row: Allowance, days: int) -> None:
    for _ in range(days):
        row.number = max(row.number + 1, row.number * (100 + GROWTH) // 100)
        if row.number >= settings.NEW_ACCOUNT_UNTIL:
            row.done_at = timezone.now()
            return
