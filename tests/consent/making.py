"""Rows for the tests of this app, and small words for the acts of a person."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from campaigns.models import Recipient
from consent.forms.versions import latest, standard_form
from consent.ledger.entries import Entry
from consent.models import ConsentRecord, ConsentRequest
from marketing.audience.addresses import read_address
from marketing.audience.hashing import address_hash
from marketing.models import Standing
from marketing.tenancy import use_account

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def hash_of(address: str) -> bytes:
    """The address hash of an address as typed."""
    return address_hash(read_address(address).key)


def make_entry(
    event: str = "agreed", act: str = "button", address: str = "ana@example.test", **fields: Any
) -> Entry:
    """A ledger entry about one address at noon."""
    defaults: dict[str, Any] = {"at": NOON, "address": address, "address_hash": hash_of(address)}
    return Entry(event=event, act=act, **(defaults | fields))


def standing_of(account: Any, address: str = "ana@example.test") -> Standing | None:
    """What standing says; call inside `use_account`."""
    found: Standing | None = (
        Standing.objects.for_account(account).filter(address_hash=hash_of(address)).first()
    )
    return found


def make_request(account: Any, contact: Any, **fields: Any) -> ConsentRequest:
    """A request that was asked an hour ago with the standard form; call inside `use_account`."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "address_hash": contact.address_hash,
        "address": contact.address,
        "contact_id": contact.pk,
        "campaign_id": 7,
        "text_version": latest(standard_form(account), contact.language or "en"),
        "state": "asked",
        "source": "Winter bikes",
        "made_at": now - timedelta(hours=2),
        "asked_at": now - timedelta(hours=1),
        "wait_until": now + timedelta(days=30),
        "expires_at": now + timedelta(days=365),
        "message_id": "<r1@mail.assent.example>",
        "reply": "250 2.0.0 queued as 4E81",
    }
    return ConsentRequest.objects.create(account_id=account.pk, **(defaults | fields))


def make_recipient(account: Any, contact: Any, **fields: Any) -> Recipient:
    """A recipient who is asked first; call inside `use_account`."""
    now = timezone.now()
    defaults: dict[str, Any] = {
        "contact_id": contact.pk,
        "chunk": 0,
        "address": contact.address,
        "address_hash": contact.address_hash,
        "verdict": 2,
        "reason": "asked_now",
        "prepared_at": now,
        "wait_until": now + timedelta(days=30),
    }
    made: Recipient = Recipient.objects.create(account_id=account.pk, **(defaults | fields))
    return made


def records_of(account: Any) -> list[tuple[str, str, str]]:
    """(event, purpose, act) of the account's ledger, oldest first; opens the door itself."""
    with use_account(account):
        rows = ConsentRecord.objects.for_account(account).order_by("seq")
        return list(rows.values_list("event", "purpose", "act"))
