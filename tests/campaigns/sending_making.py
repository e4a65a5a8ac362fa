"""Running campaigns for the tests of sending: rows as preparing leaves them."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Chunk, Recipient
from marketing.models import Account, Contact, Sender
from marketing.tenancy import use_account
from tests.making import make_contact, make_sender

HTML = '<p>Hello {{ contact.first_name | default: "you" }}</p>'
TEXT = 'Hello {{ contact.first_name | default: "you" }}\n{{ unsubscribe_url }}\n'


def make_running(account: Account, **fields: Any) -> Campaign:
    """A campaign in state Sending, prepared a moment ago; call inside `use_account`."""
    now = timezone.now()
    sender = Sender.objects.for_account(account).first() or make_sender(account)
    defaults = {
        "name": "Tuesday news",
        "state": "sending",
        "sender": sender,
        "subject": "News for {{ contact.first_name }}",
        "track_opens": False,
        "track_clicks": False,
        "require_consent": False,
        "frozen_country": account.country,
        "html": HTML,
        "text": TEXT,
        "launched_at": now,
        "prepared_at": now,
    }
    return Campaign.objects.create(account=account, **(defaults | fields))


def make_people(account: Account, count: int, *, start: int = 1, **fields: Any) -> list[Contact]:
    """Contacts p1, p2, ...; call inside `use_account`."""
    numbers = range(start, start + count)
    return [
        make_contact(
            account,
            f"p{n}@example.test",
            **({"first_name": f"P{n}", "country": account.country} | fields),
        )
        for n in numbers
    ]


def make_planned(
    campaign: Campaign, contacts: Sequence[Contact], *, verdict: int = 1, size: int = 500
) -> list[Chunk]:
    """Recipients and mail chunks for these contacts, all with one verdict."""
    first = Chunk.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk).count()
    chunks = []
    for number, at in enumerate(range(0, len(contacts), size), start=first):
        part = sorted(contacts[at : at + size], key=lambda contact: contact.pk)
        counter = {1: "queued", 2: "pending", 3: "never"}[verdict]
        Recipient.objects.bulk_create(
            Recipient(
                account_id=campaign.account_id,
                campaign_id=campaign.pk,
                contact_id=contact.pk,
                chunk=number,
                address=contact.address,
                address_hash=contact.address_hash,
                verdict=verdict,
                reason={1: "no_consent_needed", 2: "asked_now", 3: "unsubscribed"}[verdict],
                prepared_at=timezone.now(),
            )
            for contact in part
        )
        chunks.append(
            Chunk.objects.create(
                account_id=campaign.account_id,
                campaign_id=campaign.pk,
                number=number,
                kind="mail",
                lo=part[0].pk,
                hi=part[-1].pk,
                planned=len(part),
                never_reasons={"unsubscribed": len(part)} if verdict == 3 else None,
                **{counter: len(part)},
            )
        )
    return chunks


def counts(campaign: Campaign) -> dict[str, int]:
    """The chunks' counters that are above 0, after checking them against the rows."""
    with use_account(campaign.account_id), connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"account": campaign.account_id, "campaign": campaign.pk})
        rows = cursor.fetchall()  # one statement: both sides of one moment
    counted = {name: number for source, name, number in rows if source == "chunk" and number}
    planned = counted.pop("planned", 0)
    assert sum(counted.values()) == planned
    assert counted == {name: number for source, name, number in rows if source == "row"}
    assert {(name, number) for source, name, number in rows if source == "reasons of rows"} == {
        (name, number) for source, name, number in rows if source == "reasons of chunks"
    }
    return counted


_COUNTERS = ("planned", "queued", "pending", "sent", "never", "failed", "unknown")
_OF_ROWS = """
    SELECT 'row', CASE WHEN trouble IN ('unknown', 'failed') THEN trouble
        WHEN sent_at IS NOT NULL THEN 'sent'
        WHEN closed_reason IS NOT NULL OR verdict = 3 THEN 'never'
        WHEN trouble = 'asked' OR (verdict = 2 AND released_at IS NULL) THEN 'pending'
        ELSE 'queued' END, count(*)
    FROM recipient WHERE account_id = %(account)s AND campaign_id = %(campaign)s GROUP BY 2"""
_OF_CHUNKS = "".join(
    f"""
    UNION ALL SELECT 'chunk', '{name}', sum({name}) FROM chunk
    WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND kind = 'mail'"""
    for name in _COUNTERS
)
_OF_REASONS = """
    UNION ALL SELECT 'reasons of rows', coalesce(closed_reason, reason), count(*) FROM recipient
    WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND sent_at IS NULL
      AND (closed_reason IS NOT NULL OR verdict = 3)
      AND (trouble IS NULL OR trouble NOT IN ('unknown', 'failed'))
    GROUP BY 2
    UNION ALL SELECT 'reasons of chunks', key, sum(value::int) FROM chunk
        JOIN jsonb_each_text(never_reasons) ON true
    WHERE account_id = %(account)s AND campaign_id = %(campaign)s AND kind = 'mail' GROUP BY 2"""
_COUNTS = _OF_ROWS + _OF_CHUNKS + _OF_REASONS
