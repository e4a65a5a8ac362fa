"""Blocking addresses and lifting it again. Each is a record of the ledger; lifting one reason
leaves the others."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from django.utils import timezone

from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Contact, Standing, Suppression

# reason -> event and act of its record
_RECORDS: Final = {
    Suppression.Reason.COMPLAINT: ("complained", "server"),
    Suppression.Reason.BOUNCE: ("bounced", "server"),
    Suppression.Reason.MEMBER: ("blocked", "member"),
    Suppression.Reason.IMPORT: ("blocked", "import_claim"),
}


@dataclass(frozen=True)
class Blocked:
    """An address to suppress. `note` is where it came from, in words, or the server's reply."""

    address_hash: bytes
    address: str = ""  # kept as a private value of the record where no contact has it
    note: str = ""


def suppress(
    account_id: int,
    hashes: Sequence[bytes],
    reason: str,
    *,
    note: str = "",
    member_id: int | None = None,
) -> int:
    """Suppress the addresses that are not yet suppressed for this reason; how many were new.

    `note` as in Blocked, the same for all. Call inside `use_account`.
    """
    people = [Blocked(bytes(address_hash), note=note) for address_hash in hashes]
    return suppress_all(account_id, people, reason, member_id=member_id)


def suppress_all(
    account_id: int,
    people: Sequence[Blocked],
    reason: str,
    *,
    member_id: int | None = None,
) -> int:
    """As `suppress`, each with its own address and note; of doubles the first counts."""
    wanted: dict[bytes, Blocked] = {}
    for one in people:
        wanted.setdefault(one.address_hash, one)
    held = _held(account_id, list(wanted), reason)
    event, act = _RECORDS[Suppression.Reason(reason)]
    now = timezone.now()
    entries = [
        Entry(
            event=event,
            act=act,
            address_hash=one.address_hash,
            address=one.address,
            at=now,
            member_id=member_id,
            source=one.note,
        )
        for one in wanted.values()
        if one.address_hash not in held
    ]
    append(account_id, _known(account_id, entries))
    return len(entries)


def lift(
    account_id: int,
    hashes: Sequence[bytes],
    reason: str,
    *,
    note: str = "",
    member_id: int | None = None,
) -> int:
    """Lift one reason from the addresses that have it; how many. Call inside `use_account`.

    `note` is the member's own reason, in words.
    """
    held = _held(account_id, [bytes(address_hash) for address_hash in hashes], reason)
    now = timezone.now()
    entries = [
        Entry(
            event="unblocked",
            act="member",
            address_hash=address_hash,
            at=now,
            member_id=member_id,
            source=note,
            detail=reason,
        )
        for address_hash in sorted(held)
    ]
    append(account_id, _known(account_id, entries))
    return len(held)


def _held(account_id: int, hashes: list[bytes], reason: str) -> set[bytes]:
    rows = Suppression.objects.for_account(account_id).filter(
        address_hash__in=hashes, reason=reason
    )
    return {bytes(found) for found in rows.values_list("address_hash", flat=True)}


def _known(account_id: int, entries: Sequence[Entry]) -> list[Entry]:
    """The entries with address and contact where the account knows them.

    Of people who had themselves erased the address is stored again by nobody.
    """
    hashes = [entry.address_hash for entry in entries]
    rows = Contact.objects.for_account(account_id).filter(address_hash__in=hashes)
    contacts: dict[bytes, tuple[int | None, str]] = {
        bytes(address_hash): (contact_id, address)
        for address_hash, contact_id, address in rows.values_list("address_hash", "id", "address")
    }
    for erased in (
        Standing.objects.for_account(account_id)
        .filter(address_hash__in=hashes, erased_at__isnull=False)
        .values_list("address_hash", flat=True)
    ):
        contacts[bytes(erased)] = None, ""
    return [_about(entry, contacts.get(entry.address_hash)) for entry in entries]


def _about(entry: Entry, contact: tuple[int | None, str] | None) -> Entry:
    if contact is None:
        return entry
    contact_id, address = contact
    return replace(entry, contact_id=contact_id, address=address)
