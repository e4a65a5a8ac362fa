"""What the page of senders shows: each with its domain and who may use it. Three queries."""

from collections import defaultdict
from dataclasses import dataclass

from marketing.domains.freemail import is_freemail
from marketing.models import Account, Sender, SenderDomain, SenderMember


@dataclass(frozen=True)
class Line:
    """One sender. `domain` is None where nobody added its domain; `users` "" means everyone."""

    sender: Sender
    domain: SenderDomain | None
    users: str
    is_freemail: bool  # its domain is a mailbox provider's: it can not launch


def lines_of(account: Account) -> list[Line]:
    """All senders of the account by name. Call inside `use_account`."""
    domains = {row.domain: row for row in SenderDomain.objects.for_account(account)}
    named: defaultdict[int, list[str]] = defaultdict(list)
    rows = SenderMember.objects.for_account(account).select_related("member__user")
    for row in rows.order_by("member__user__name", "id"):
        named[row.sender_id].append(row.member.user.display_name)
    return [
        Line(
            sender=sender,
            domain=domains.get(sender.address.rpartition("@")[2].lower()),
            is_freemail=is_freemail(sender.address.rpartition("@")[2]),
            users="" if sender.everyone else ", ".join(named[sender.pk]) or "Nobody",
        )
        for sender in Sender.objects.for_account(account).order_by("name", "id")
    ]
