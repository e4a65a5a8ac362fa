"""Blocking addresses and lifting it again. Each is a record of the ledger; lifting one reason
leaves the others."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from django.utils import timezone

from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Contact, Suppression

# reason -> event and act of its record
_RECORDS: Final = {
    Suppression.Reason.COMPLAINT: ("complained", "server"),
    Suppression.Reason.BOUNCE: ("bounced", "server"),
    Suppression.Reason.MEMBER: ("blocked", "member"),
    Suppression.Reason.IMPORT: ("blocked", "import_claim"),
}


def suppress(
    account_id: int,
    hashes: Sequence[bytes],
    reason: str,
    *,
    note: str = "",
    member_id: int | None = None,
) -> int:
    """Suppress the addresses that are not yet suppressed for this reason; how many were new.

    `note` is where it came from, in words, or the server's reply. Call inside `use_account`.
    """
    wanted = [bytes(address_hash) for address_hash in dict.fromkeys(map(bytes, hashes))]
    held = _held(account_id, wanted, reason)
    new = [address_hash for address_hash in wanted if address_hash not in held]
    event, act = _RECORDS[Suppression.Reason(reason)]
    _append(
        account_id,
        new,
        Entry(
            event=event,
            act=act,
            address_hash=b"",
            at=timezone.now(),
            member_id=member_id,
            source=note,
        ),
    )
    return len(new)


def lift(
    account_id: int,
    hashes: Sequence[bytes],
    reason: str,
    *,
    member_id: int | None = None,
) -> int:
    """Lift one reason from the addresses that have it; how many. Call inside `use_account`."""
    held = _held(account_id, [bytes(address_hash) for address_hash in hashes], reason)
    _append(
        account_id,
        sorted(held),
        Entry(
            event="unblocked",
            act="member",
            address_hash=b"",
            at=timezone.now(),
            member_id=member_id,
            detail=reason,
        ),
    )
    return len(held)


def _held(account_id: int, hashes: list[bytes], reason: str) -> set[bytes]:
    rows = Suppression.objects.for_account(account_id).filter(
        address_hash__in=hashes, reason=reason
    )
    return {bytes(found) for found in rows.values_list("address_hash", flat=True)}


def _append(account_id: int, hashes: Sequence[bytes], like: Entry) -> None:
    """One record per address, with address and contact where the account knows them."""
    contacts = {
        bytes(address_hash): (contact_id, address)
        for address_hash, contact_id, address in Contact.objects.for_account(account_id)
        .filter(address_hash__in=list(hashes))
        .values_list("address_hash", "id", "address")
    }
    append(account_id, (_about(like, found, contacts.get(found)) for found in hashes))


def _about(like: Entry, address_hash: bytes, contact: tuple[int, str] | None) -> Entry:
    contact_id, address = contact or (None, "")
    return replace(like, address_hash=address_hash, contact_id=contact_id, address=address)
