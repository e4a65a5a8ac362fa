"""Removing a sender. Campaigns hold on to theirs: the database says whether one does."""

from django.db import IntegrityError
from django.db.models import RestrictedError

from marketing.accounts.auditing import record
from marketing.models import Account, Member, Sender
from marketing.tenancy import use_account


class InUse(Exception):
    """A campaign names the sender."""


def remove(sender: Sender, *, account: Account, by: Member) -> None:
    """Remove it with one audit line; raises InUse with nothing changed."""
    name = str(sender)
    try:
        with use_account(account):
            sender.delete()
    except (RestrictedError, IntegrityError) as held:
        raise InUse from held
    record(account, by=by, act="sender.removed", subject=name, before=name)
