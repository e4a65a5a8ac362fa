"""Saving Settings > Mail: one change, one audit line; and what every settings page says after."""

from collections.abc import Mapping

from marketing.accounts.auditing import record
from marketing.accounts.models import Account, Member

FIELDS = ("name", "postal_address", "time_zone")


def words_of_saving(*, changed: bool) -> str:
    """What a member is told who pressed Save."""
    return "Saved. In the audit log." if changed else "Nothing changed."


def mail_settings_of(account: Account) -> dict[str, str]:
    """As they are stored."""
    return {name: str(getattr(account, name)) for name in FIELDS}


def save_mail_settings(account: Account, wanted: Mapping[str, str], *, by: Member) -> bool:
    """Store name, postal address and time zone and write one audit line; False: all as before."""
    held = Account.objects.select_for_update().get(pk=account.pk)
    before = mail_settings_of(held)
    if all(before[name] == wanted[name] for name in FIELDS):
        return False
    for name in FIELDS:
        setattr(held, name, wanted[name])
    held.save(update_fields=FIELDS)
    record(
        held,
        by=by,
        act="settings.changed",
        subject="Settings, Mail",
        before="; ".join(before.values()),
        after="; ".join(wanted[name] for name in FIELDS),
    )
    return True
