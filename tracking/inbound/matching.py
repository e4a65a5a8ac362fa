"""Whom a provider's event is about: by the key we gave along, else by the provider's own name for
the mail, where it hands nothing back (MailerSend, Postal).
"""

from typing import Any

from campaigns.models import Recipient
from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.models import Contact
from marketing.tenancy import use_account
from marketing.tokens import Claims
from tracking.inbound.applying import storable
from tracking.inbound.models import InboundReport


def claims_of(account_id: int, event: Any) -> Claims | None:
    """The claims, of this account only; account 0 is the operator's own provider, for every one."""
    named = _named(event.metadata or {})
    if named is not None:
        return named if account_id in {0, named.account} else None
    return _found(account_id, event) if account_id else None


def _named(metadata: dict[str, Any]) -> Claims | None:
    try:
        numbers = [int(metadata[name]) for name in ("account", "campaign", "contact")]
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return None
    return Claims("verp", *numbers) if 0 < min(numbers) <= max(numbers) < 2**63 else None


def _found(account_id: int, event: Any) -> Claims | None:
    """The provider's answer to the hand-over holds its name for the mail, until it is returned;
    then the report does. The address alone never counts."""
    name = storable(str(event.message_id or ""))
    try:
        who = address_hash(read_address(str(event.recipient or "")).key)
    except BadAddress:
        return None
    if not name:
        return None
    with use_account(account_id):
        contacts = Contact.objects.for_account(account_id).filter(address_hash=who)
        sent = Recipient.objects.for_account(account_id).filter(
            contact_id__in=list(contacts.values_list("pk", flat=True)), reply__contains=name
        )
        for row in sent:
            if name in row.reply.split():
                return Claims("verp", account_id, row.campaign_id, row.contact_id)
        told = InboundReport.objects.for_account(account_id).filter(
            address_hash=who, campaign_id__isnull=False, subject__endswith=f" {name}"
        )
        report = told.order_by("-id").first()
    if report is None or report.campaign_id is None:
        return None
    return Claims("verp", account_id, report.campaign_id, report.contact_id)
