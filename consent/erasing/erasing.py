"""Erases one person: profile, fields, what was measured, and every value that says who they are.

What stays: sums, the keyed hash that keeps the address out for ever, and the chain of records with
when and what, but not who. The person gets a receipt.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consent import measured
from consent.asking.speaking import day, spoken
from consent.erasing.scrubbing import ERASED, forget_private, scrub_rows
from consent.erasing.staged import scrub_uploads
from consent.ledger.entries import Entry
from consent.ledger.recording import append, lock
from marketing.exporting.taking_back import take_back
from marketing.models import Account, Contact, Standing

# Every contact id and address the account ever used for this hash.
_KNOWN_AS: Final = """
SELECT c.id, c.address FROM contact c WHERE c.account_id = %(account)s AND c.address_hash = %(hash)s
UNION SELECT c.id, c.address_key FROM contact c
    WHERE c.account_id = %(account)s AND c.address_hash = %(hash)s
UNION SELECT q.contact_id, q.address FROM consent_request q
    WHERE q.account_id = %(account)s AND q.address_hash = %(hash)s
UNION SELECT r.contact_id, p.value FROM consent_record r
    LEFT JOIN consent_private p ON p.account_id = r.account_id AND p.seq = r.seq
        AND p.kind = 'address'
    WHERE r.account_id = %(account)s AND r.address_hash = %(hash)s
"""


@dataclass(frozen=True)
class Receipt:
    """What the person is told, and where to; `address` is kept by nobody after the mail."""

    address: str
    company: str
    at: datetime
    zone: str
    language: str

    def mail(self) -> dict[str, str]:
        """As marketing.tasks.hand_over_mail takes it."""
        language = spoken(self.language)
        with translation.override(language):
            words = {
                "company": self.company,
                "when": day(self.at, self.zone, language=language),
                "language": language,
            }
            subject = render_to_string("email/erased/subject.txt", words).strip()
            text = render_to_string("email/erased/body.txt", words)
        return {"to": self.address, "subject": subject, "text": text}


def erase_measured(account: Account, address_hash: bytes, entry: Entry) -> None:
    """Forget what was measured about the person, and measure no more: `entry` says so.

    Call inside `use_account`.
    """
    lock(account.pk)
    contacts, _ = _known_as(account.pk, address_hash)
    if _standing(account, address_hash).tracking != "no":
        append(account.pk, [entry])
    measured.erase(account.pk, contacts)


def erase(
    account: Account, address_hash: bytes, *, language: str = "", member_id: int | None = None
) -> Receipt | None:
    """Erase everything about the address; None where nothing is known any more.

    Call inside `use_account`. The ledger comes first: recipients that wait are closed by its
    signal while the contact still stands.
    """
    # Files are read before anybody has to wait for the ledger.
    take_back(account, _known_as(account.pk, address_hash)[1])
    lock(account.pk)
    contacts, addresses = _known_as(account.pk, address_hash)
    standing = _standing(account, address_hash)
    if standing.erased_at is not None and not addresses:
        return None
    now = timezone.now()
    known = Contact.objects.for_account(account).filter(address_hash=address_hash).first()
    entry = Entry(
        event="withdrew",
        act="erased",
        address_hash=address_hash,
        at=now,
        language=language,
        member_id=member_id,
    )
    append(account.pk, [entry, Entry(**(vars(entry) | {"purpose": "tracking"}))])
    measured.erase(account.pk, contacts)
    forget_private(account.pk, [address_hash], now=now)
    scrub_rows(account.pk, address_hash, contacts=contacts, addresses=addresses, now=now)
    scrub_uploads(account.pk, addresses, instead=ERASED)
    address = known.address if known else next(iter(addresses), "")
    spoken_by = language or (known.language if known else "")
    return Receipt(address, account.name, now, account.time_zone, spoken_by) if address else None


def _standing(account: Account, address_hash: bytes) -> Standing:
    found = Standing.objects.for_account(account).filter(address_hash=address_hash).first()
    return found or Standing(account=account, address_hash=address_hash)


def _known_as(account_id: int, address_hash: bytes) -> tuple[list[int], Sequence[str]]:
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN_AS, {"account": account_id, "hash": address_hash})
        rows = cursor.fetchall()
    contacts = sorted({contact_id for contact_id, _ in rows if contact_id is not None})
    return contacts, sorted({address for _, address in rows if address})
