"""A test mail by an account's own relay, to the member who pressed the button."""

import time
from email.utils import make_msgid

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from campaigns.sending.deciding import words_of
from campaigns.sending.relays.handing import Outgoing
from campaigns.sending.relays.models import OwnRelay
from campaigns.sending.relays.outlets import outlet_of_own
from campaigns.sending.transports import transport_of
from mailwire.message import Mail
from mailwire.outcomes import Kind, Outcome, Stage
from marketing.models import Account, Member, Sender
from marketing.tenancy import use_account


def prove_relay(account_id: int) -> None:
    """Send the test that was asked for and note how it ended; nothing if none is asked for."""
    with use_account(account_id):
        rows = OwnRelay.objects.for_account(account_id)
        own = rows.filter(test_asked_at__isnull=False, tested_at=None).first()
        member = _member_of(own) if own else None
        mail = _mail(member.account, to=member.user.email) if member else None
    if own is None or mail is None:
        return
    outcome = _outcome(own, mail)
    with use_account(account_id):
        OwnRelay.objects.for_account(account_id).filter(
            pk=own.pk, test_asked_at=own.test_asked_at
        ).update(
            tested_at=timezone.now(),
            test_reply=words_of(outcome),
            is_proven=outcome.kind is Kind.ACCEPTED,
        )


def _member_of(own: OwnRelay) -> Member | None:
    members = Member.objects.select_related("account", "user")
    return members.filter(account_id=own.account_id, pk=own.test_by_id or 0).first()


def _mail(account: Account, *, to: str) -> Mail:
    """From a sender of the account: relays take no others."""
    sender = (
        Sender.objects.for_account(account).filter(verified_at__isnull=False).order_by("id").first()
    )
    return Mail(
        from_name=sender.name if sender else account.name,
        from_address=sender.address if sender else to,
        to_address=to,
        subject=f"[Test] Mail server of {account.name}",
        message_id=make_msgid(domain=settings.MAIL_DOMAIN),
        sent_at=timezone.now(),
        text=f"This mail came by the mail server of {account.name}. It works.\n",
        headers=(("Auto-Submitted", "auto-generated"),),
    )


def _outcome(own: OwnRelay, mail: Mail) -> Outcome:
    # Asked for by its reader a moment ago: no gate, hence no older verdict.
    outgoing = Outgoing(mail=mail, envelope_sender=mail.from_address, verdict_at=time.monotonic())
    try:
        transport = transport_of(outlet_of_own(own))
    except ImproperlyConfigured as error:
        return Outcome(kind=Kind.REFUSED_US, text=str(error), stage=Stage.CONNECT)
    try:
        return transport.deliver(outgoing)
    finally:
        transport.close()
