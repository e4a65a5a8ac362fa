"""Saves an account's choices about measuring: one change, one audit line; inside `use_account`."""

import secrets
from collections.abc import Mapping
from typing import Any, Final

from campaigns.models import Measuring
from marketing.accounts.auditing import record
from marketing.models import Account, Member

FIELDS: Final = (
    *("retention_days", "small_groups"),
    *("utm", "utm_source", "utm_medium", "utm_content", "utm_not_on"),
)


def measuring_of(account: Account) -> Measuring:
    """What the account chose, or the defaults, not stored."""
    return Measuring.objects.for_account(account).first() or Measuring(account=account)


def save_measuring(account: Account, wanted: Mapping[str, Any], *, by: Member) -> bool:
    """Store the choices of the form; False if all are as before."""
    held = _held(account)
    before = _told(held)
    for name in FIELDS:
        setattr(held, name, wanted[name])
    if _told(held) == before:
        return False
    held.save()
    record(
        account,
        by=by,
        act="settings.changed",
        subject="Settings, Measuring",
        before=before,
        after=_told(held),
    )
    return True


def choose_host(account: Account, host: str, *, by: Member) -> None:
    """Begin with a host, or none: it is used once the DNS proves it."""
    held = _held(account)
    before = held.host
    held.host, held.host_problem = host, ""
    held.host_code = secrets.token_hex(16) if host else ""
    held.host_verified_at = held.host_checked_at = None
    held.save()
    record(
        account,
        by=by,
        act="settings.changed",
        subject="Settings, Measuring, own host",
        before=before or "none",
        after=host or "none",
    )


def _held(account: Account) -> Measuring:
    held, _ = (
        Measuring.objects.for_account(account).select_for_update().get_or_create(account=account)
    )
    return held


def _told(held: Measuring) -> str:
    return "; ".join(f"{name}: {getattr(held, name)}" for name in FIELDS)
