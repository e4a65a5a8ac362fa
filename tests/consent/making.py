"""Rows for the tests of this app, and small words for the acts of a person."""

from datetime import UTC, datetime
from typing import Any

from consent.ledger.entries import Entry
from marketing.audience.addresses import read_address
from marketing.audience.hashing import address_hash
from marketing.models import Standing

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def hash_of(address: str) -> bytes:
    """The address hash of an address as typed."""
    return address_hash(read_address(address).key)


def make_entry(
    event: str = "agreed", act: str = "button", address: str = "ana@example.test", **fields: Any
) -> Entry:
    """A ledger entry about one address at noon."""
    defaults = {"at": NOON, "address": address, "address_hash": hash_of(address)}
    return Entry(event=event, act=act, **(defaults | fields))


def standing_of(account: Any, address: str = "ana@example.test") -> Standing | None:
    """What standing says; call inside `use_account`."""
    found: Standing | None = (
        Standing.objects.for_account(account).filter(address_hash=hash_of(address)).first()
    )
    return found
