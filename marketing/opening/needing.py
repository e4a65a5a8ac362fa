"""What waits for somebody, as far as marketing sees it: shown on Home once setup is over."""

from dataclasses import dataclass

from django.urls import reverse

from marketing.access import may
from marketing.models import Member, Sender


@dataclass(frozen=True)
class Thing:
    """One line: what is wrong, and where to mend it."""

    title: str
    text: str
    url: str
    action: str


def things_to_do(member: Member) -> list[Thing]:
    """For those who may mend it; one query."""
    if not may(member, "edit_settings"):
        return []
    account = member.account
    things = []
    if not account.postal_address:
        mail = reverse("marketing:settings_mail", args=[account.pk])
        text = "It stands at the foot of every mail. Most countries ask for it."
        things.append(Thing("Your postal address is missing", text, mail, "Enter address"))
    senders = reverse("marketing:settings_senders", args=[account.pk])
    waiting = Sender.objects.for_account(account).filter(verified_at=None).order_by("id")
    for sender in waiting[:3]:
        text = "Its link was mailed and not followed yet. Until then it cannot launch a campaign."
        things.append(Thing(f"{sender.address} is not verified", text, senders, "Open senders"))
    return things
