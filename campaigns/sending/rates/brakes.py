"""Whether mail of an account, or of one of its sender domains, is held for its reputation."""

from campaigns.models import Brake


def why_held(account_id: int, sender_address: str) -> str:
    """Why nothing may run now; "" if it may. Call inside `use_account`."""
    domain = sender_address.rpartition("@")[2].lower()
    rows = Brake.objects.for_account(account_id).filter(released_at__isnull=True)
    return rows.filter(domain__in=["", domain]).values_list("why", flat=True).first() or ""
