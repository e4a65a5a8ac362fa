"""Sent campaigns and tracking events for the tests of this room."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Chunk, Link, Recipient
from marketing.models import Account, Contact
from tests.making import make_contact
from tracking.endpoint.storing import Batch, Event, store

PERSON = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
PROXY = "Mozilla/5.0 (Windows NT 5.1) Firefox/11.0 (via ggpht.com GoogleImageProxy)"
MACHINE = "curl/8.5.0"


def make_sent_campaign(
    account: Account, *, people: int = 1, links: int = 2, **fields: Any
) -> tuple[Campaign, list[Contact]]:
    """A finished campaign sent two days ago to new contacts; call inside `use_account`."""
    sent_at = timezone.now() - timedelta(days=2)
    defaults = {"track_opens": True, "track_clicks": True, "require_consent": False}
    campaign = Campaign.objects.create(
        account=account,
        name="Autumn",
        subject="Autumn bikes",
        state=Campaign.State.FINISHED,
        launched_at=sent_at,
        **(defaults | fields),
    )
    for number in range(1, links + 1):
        Link.objects.create(
            account=account,
            campaign=campaign,
            number=number,
            target=f"https://shop.example/{number}",
            label=f"Link {number}",
        )
    contacts = [
        make_contact(account, f"p{campaign.pk}-{n}@example.test", country="US", first_name=f"P{n}")
        for n in range(people)
    ]
    for contact in contacts:
        make_recipient(
            campaign, contact, sent_at=sent_at, measured_opens=True, measured_clicks=True
        )
    Chunk.objects.create(
        account_id=account.pk,
        campaign_id=campaign.pk,
        number=1,
        kind="mail",
        lo=min(c.pk for c in contacts),
        hi=max(c.pk for c in contacts),
        planned=people,
        sent=people,
        measured_opens=people,
        measured_clicks=people,
        done_at=sent_at,
    )
    return campaign, contacts


def make_recipient(campaign: Campaign, contact: Contact, **fields: Any) -> Recipient:
    """A recipient row; the caller keeps the chunk's counts."""
    defaults = {"verdict": 1, "reason": "no_consent_needed", "chunk": 1}
    return Recipient.objects.create(
        account_id=campaign.account_id,
        campaign_id=campaign.pk,
        contact_id=contact.pk,
        address=contact.address,
        address_hash=contact.address_hash,
        prepared_at=timezone.now(),
        **(defaults | fields),
    )


def make_event(
    campaign: Campaign, contact: Contact, kind: str = "open", *, number: int = 0, **fields: Any
) -> None:
    """Store an event through the endpoint's own statement, as of yesterday unless told."""
    at: datetime = fields.pop("at", timezone.now() - timedelta(days=1))
    defaults = {
        "method": "GET",
        "ip": "198.51.100.20",
        "network": "198.51.100.0/24",
        "agent": PERSON,
        "signals": "lang fetch dest",
    }
    event = Event(
        account=campaign.account_id,
        campaign=campaign.pk,
        contact=contact.pk,
        at=at,
        kind=kind,
        number=number,
        **(defaults | fields),
    )
    with connection.cursor() as cursor:
        store(cursor, [Batch((event,))])
