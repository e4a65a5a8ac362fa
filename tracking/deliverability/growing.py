"""New accounts send more after each clean day: nobody complained much, few addresses were wrong."""

from django.conf import settings
from django.utils import timezone

from campaigns.models import Allowance, Brake, SendingDay
from campaigns.sending.rates.limits import read_limits
from campaigns.sending.rates.models import Scope
from campaigns.sending.rates.starting import grow
from marketing.tenancy import every_account, use_account
from tracking.deliverability.rates import Level, rates_of


def grow_all() -> int:
    """Once an hour: every new account that has sent something. How many were looked at."""
    if not settings.NEW_ACCOUNT_MAILS:
        return 0
    with every_account():
        done = Allowance.objects.filter(done_at__isnull=False).values("account_id")
        sent = SendingDay.objects.filter(scope=Scope.ACCOUNT, name="", taken__gt=0)
        young = sent.exclude(account_id__in=done).values_list("account_id", flat=True)
        ids = sorted(set(young.distinct()))
    for account_id in ids:
        grow_one(account_id)
    return len(ids)


def grow_one(account_id: int) -> Allowance | None:
    """Count the days of one account; None where it is not limited. Outside of transactions."""
    today = read_limits(account_id).today(timezone.now())
    with use_account(account_id):
        return grow(account_id, today, is_clean=is_clean(account_id))


def is_clean(account_id: int) -> bool:
    """Nothing is held, and no rate is so high that it is warned of. Inside `use_account`."""
    if Brake.objects.for_account(account_id).filter(released_at__isnull=True).exists():
        return False
    return all(rate.level in {Level.FINE, Level.TOO_FEW} for rate in rates_of(account_id))
