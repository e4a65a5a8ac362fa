"""Domains that are looked at again: each day, and when somebody asks for it."""

from datetime import timedelta
from typing import Final

from django.db.models import F, Q
from django.utils import timezone

from marketing.domains.checking import check_domain
from marketing.models import SenderDomain
from marketing.tenancy import every_account

_DAY: Final = timedelta(hours=24)
_AT_ONCE: Final = 200


def ask_for_check(domain: SenderDomain) -> None:
    """Note the wish: a lost bell is rung again within a minute. Call inside `use_account`."""
    domain.asked_at = timezone.now()
    domain.save(update_fields=["asked_at"])


def check_all() -> int:
    """Check domains whose last look is a day ago, and those whose bell was lost. How many."""
    now = timezone.now()
    asked = Q(asked_at__isnull=False) & (
        Q(checked_at__isnull=True) | Q(checked_at__lt=F("asked_at"))
    )
    old = Q(checked_at__isnull=True) | Q(checked_at__lte=now - _DAY)
    with every_account():
        due = SenderDomain.objects.filter(asked | old).order_by("checked_at")
        ids = list(due.values_list("account_id", "pk")[:_AT_ONCE])
    return sum(check_domain(account_id, domain_id) for account_id, domain_id in ids)
