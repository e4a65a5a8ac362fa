"""Saving Settings > More: the lock holds on the server, each save is one audit line."""

from dataclasses import dataclass
from datetime import time

from marketing.accounts.auditing import record
from marketing.models import Account, Member
from marketing.rules.deciding import is_consent_locked

SUBJECT = "Settings, More"


class Locked(Exception):
    """The law of the account's country keeps consent on; the attempt is in the audit log."""


@dataclass(frozen=True)
class MoreSettings:
    """The switches of the More tab; both ends of the sending hours, or none."""

    tracking: bool
    consent: bool
    sending_from: time | None = None
    sending_until: time | None = None

    def in_words(self) -> str:
        """For the audit log."""
        hours = "off"
        if self.sending_from and self.sending_until:
            hours = f"{self.sending_from:%H:%M}–{self.sending_until:%H:%M}"
        return (
            f"Tracking {'on' if self.tracking else 'off'}; "
            f"Consent {'on' if self.consent else 'off'}; Sending hours {hours}"
        )


def in_words_of_change(before: str, after: str) -> str:
    """What differs between two texts of MoreSettings.in_words: "Tracking turned on"."""
    pairs = zip(before.split("; "), after.split("; "), strict=False)
    changes = [_change(old, new) for old, new in pairs if old != new]
    return ", ".join(changes) or "Saved without a change"


def _change(old: str, new: str) -> str:
    name, _, value = new.rpartition(" ")
    was = old.rpartition(" ")[2]
    if value in ("on", "off"):
        return f"{name} turned {value}"
    return f"{name} turned on, {value}" if was == "off" else f"{name} {was} became {value}"


def settings_of(account: Account) -> MoreSettings:
    """As they are stored."""
    return MoreSettings(
        account.tracking, account.consent, account.sending_from, account.sending_until
    )


def save_more(account: Account, wanted: MoreSettings, *, by: Member) -> bool:
    """Store the switches and write one audit line, False if all are as before.

    Call inside `use_account`.

    Raises Locked, with nothing changed but a line about the attempt, when consent is to be
    turned off where the law keeps it on.
    """
    held = Account.objects.select_for_update().get(pk=account.pk)
    before = settings_of(held).in_words()
    if not wanted.consent and is_consent_locked(held):
        record(
            held,
            by=by,
            act="lock.forced",
            subject="Consent to receive newsletters",
            before=before,
            after="Refused",
        )
        raise Locked
    if settings_of(held) == wanted:
        return False
    for name in ("tracking", "consent", "sending_from", "sending_until"):
        setattr(held, name, getattr(wanted, name))
    held.save(update_fields=["tracking", "consent", "sending_from", "sending_until"])
    record(
        held,
        by=by,
        act="settings.changed",
        subject=SUBJECT,
        before=before,
        after=wanted.in_words(),
    )
    return True
