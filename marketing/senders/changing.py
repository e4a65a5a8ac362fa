"""Adding a sender, and changing its name, where its replies go and who may use it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from marketing.accounts.auditing import record
from marketing.domains.checking import is_verified
from marketing.models import Member, Sender, SenderMember
from marketing.senders.using import members_of


@dataclass(frozen=True)
class Settings:
    """What of a sender can be changed; `members` count only where it is not everyone's."""

    name: str
    reply_to: str
    everyone: bool
    members: Sequence[int]


def add_sender(*, name: str, address: str, reply_to: str, by: Member) -> Sender:
    """A sender; verified at once where its domain is, else by the mailed link."""
    is_ours = is_verified(by.account_id, address)
    sender = Sender.objects.create(
        account=by.account,
        name=name,
        address=address,
        reply_to=reply_to,
        verified_at=timezone.now() if is_ours else None,
    )
    after = f"{sender}, verified by its domain" if is_ours else str(sender)
    record(by.account, by=by, act="sender.added", subject=str(sender), after=after)
    return sender


def change(sender: Sender, wanted: Settings, *, by: Member) -> bool:
    """Store it with one line of the audit log; False where nothing is different."""
    before = _words(sender, members_of(sender))
    sender.name, sender.reply_to, sender.everyone = wanted.name, wanted.reply_to, wanted.everyone
    ours = Member.objects.filter(account=by.account, pk__in=wanted.members)
    members = [] if wanted.everyone else sorted(ours.values_list("pk", flat=True))
    after = _words(sender, members)
    if before == after:
        return False
    sender.save(update_fields=["name", "reply_to", "everyone"])
    SenderMember.objects.for_account(sender.account_id).filter(sender=sender).delete()
    SenderMember.objects.bulk_create(
        SenderMember(account_id=sender.account_id, sender=sender, member_id=member_id)
        for member_id in members
    )
    record(
        by.account, by=by, act="sender.changed", subject=sender.address, before=before, after=after
    )
    return True


def _words(sender: Sender, members: Sequence[int]) -> str:
    people = Member.objects.filter(pk__in=members).select_related("user").order_by("pk")
    named = ", ".join(member.user.display_name for member in people) or "nobody"
    who = "everyone" if sender.everyone else named
    return f"{sender.name}; replies to {sender.reply_to or 'itself'}; used by {who}"
