"""Replies that wait leave for their sender, under our own name so that DMARC lets them through.

Who wrote stands in Reply-To. Each is tried for a day, then its words go in any case.
"""

import logging
import time
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.sending.relays.handing import Outgoing
from campaigns.sending.transports import Transport, transport_from_settings
from mailwire.forwarded import Forwarded, Words, forwarded, words_of
from mailwire.headers import HeaderRefused
from mailwire.message import Mail
from mailwire.outcomes import Kind, Outcome
from mailwire.reports import HANDED_ON, read
from marketing.models import Account
from marketing.tenancy import every_account, use_account
from tracking.inbound.models import Reply
from tracking.inbound.replies.people import author_of
from tracking.inbound.replies.routing import address_for

log = logging.getLogger(__name__)

_TRIED_FOR: Final = timedelta(hours=24)
_PAUSE: Final = timedelta(minutes=2)  # doubled each time, at most 64 of them
_MANY: Final = 50  # in one go


def forward_due() -> int:
    """Hand on what is due; how many were tried. Call outside of a transaction."""
    due = _due(timezone.now())
    if not due:
        return 0
    transport = transport_from_settings()
    try:
        return sum(_forward(transport, account_id, reply_id) for account_id, reply_id in due)
    finally:
        transport.close()


def _due(now: datetime) -> list[tuple[int, int]]:
    with every_account():
        rows = Reply.objects.filter(ended_at__isnull=True, due_at__lte=now).order_by("due_at")
        return list(rows.values_list("account_id", "id")[:_MANY])


def _forward(transport: Transport, account_id: int, reply_id: int) -> bool:
    claimed = _claim(account_id, reply_id, timezone.now())
    if claimed is None:
        return False
    reply, to = claimed
    if not to:
        _end(reply, "nobody wants them")
        return True
    try:
        outgoing = Outgoing(
            mail=_mail_of(reply, to),
            envelope_sender=f"bounces@{settings.MAIL_DOMAIN}",
            verdict_at=time.monotonic(),  # asked for by the account: no gate
        )
        _note(reply, transport.deliver(outgoing))
    except (HeaderRefused, ValueError) as bad:
        log.warning("A reply could not be written anew: %s.", type(bad).__name__)
        _end(reply, "could not be written anew")
    return True


def _claim(account_id: int, reply_id: int, now: datetime) -> tuple[Reply, str] | None:
    """Count the attempt before it is made: two workers never make the same one."""
    with use_account(account_id):
        rows = Reply.objects.for_account(account_id).filter(pk=reply_id, ended_at__isnull=True)
        reply: Reply | None = (
            rows.filter(due_at__lte=now).select_for_update(skip_locked=True).first()
        )
        if reply is None:
            return None
        reply.attempts += 1
        reply.due_at = now + _PAUSE * (1 << min(reply.attempts - 1, 6))
        reply.save(update_fields=["attempts", "due_at"])
        campaign = Campaign.objects.for_account(account_id).filter(pk=reply.campaign_id).first()
        return reply, address_for(account_id, campaign.sender_id if campaign else None)


def _mail_of(reply: Reply, to: str) -> Forwarded:
    """The same each time it is tried, but for who gets it."""
    raw = bytes(reply.raw)
    words = words_of(raw)
    account = Account.objects.get(pk=reply.account_id)
    mail = Mail(
        from_name=f"{words.name or _local(words)} via {account.name}"[:120],
        from_address=f"replies@{settings.MAIL_DOMAIN}",
        to_address=to,
        reply_to=author_of(read(raw)),
        subject=words.subject or "(no subject)",
        message_id=f"<reply.{reply.account_id}.{reply.pk}@{settings.MAIL_DOMAIN}>",
        sent_at=reply.received_at,
        text=words.text,
        headers=(("Auto-Submitted", "auto-generated"), (HANDED_ON, str(reply.account_id))),
    )
    return forwarded(words, mail)


def _local(words: Words) -> str:
    return words.address.partition("@")[0]


def _note(reply: Reply, outcome: Outcome) -> None:
    """Without a certain answer it is tried again under the same Message-ID: better twice."""
    if outcome.kind is Kind.ACCEPTED:
        _end(reply, "sent")
    elif outcome.kind is Kind.REFUSED_ADDRESS:
        _end(reply, "refused by their server")
    elif timezone.now() - reply.received_at > _TRIED_FOR:
        _end(reply, "not accepted for a day")


def _end(reply: Reply, outcome: str) -> None:
    with use_account(reply.account_id):
        rows = Reply.objects.for_account(reply.account_id).filter(pk=reply.pk)
        rows.update(ended_at=timezone.now(), outcome=outcome, raw=b"")
