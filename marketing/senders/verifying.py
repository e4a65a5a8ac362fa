"""Verifies a sender: whoever reads its mail follows a signed link and presses a button."""

from datetime import timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from marketing.accounts.auditing import record
from marketing.models import Account, Member, Sender

LINK_LIVES = timedelta(days=7)
_PURPOSE = "marketing.senders.verifying"


class UnknownLink(Exception):
    """The link is too old, was made for another account, or not by us."""


def link_mail(sender: Sender, *, account: Account, who: str) -> dict[str, str]:
    """The mail with the link, as marketing.tasks.hand_over_mail takes it."""
    token = signing.dumps([account.pk, sender.pk, sender.address], salt=_PURPOSE)
    path = reverse("marketing:sender_verify", args=[account.pk, token])
    words = {
        "who": who,
        "account": account.name,
        "sender": str(sender),
        "url": f"{settings.SITE_URL}{path}",
    }
    return {
        "to": sender.address,
        "subject": f"Verify {sender.address} for {account.name}",
        "text": render_to_string("email/sender_link/text.txt", words),
    }


def sender_of_link(account: Account, token: str) -> Sender:
    """The sender a link was made for; raises UnknownLink."""
    try:
        account_id, sender_id, address = signing.loads(token, salt=_PURPOSE, max_age=LINK_LIVES)
    except (signing.BadSignature, ValueError) as bad:
        raise UnknownLink from bad
    found = Sender.objects.for_account(account).filter(pk=sender_id, address=address).first()
    if found is None or account_id != account.pk:
        raise UnknownLink
    return found


def verify(sender: Sender, *, account: Account, by: Member) -> None:
    """Let the sender launch campaigns from now on; a second time changes nothing.

    Whose own address it is has confirmed that too, and may get test sends.
    """
    if sender.address.lower() == by.user.email:
        EmailAddress.objects.filter(user=by.user, email=by.user.email).update(verified=True)
    unverified = Sender.objects.for_account(account).filter(pk=sender.pk, verified_at__isnull=True)
    if unverified.update(verified_at=timezone.now()):
        record(account, by=by, act="sender.verified", subject=str(sender), after="Verified")
