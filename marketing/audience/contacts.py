"""Storing one contact: adding, changing, deleting. Whether somebody may be mailed is the gate's."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from marketing.access import may
from marketing.accounts.auditing import record
from marketing.accounts.models import Account, Member
from marketing.audience.addresses import Address
from marketing.audience.hashing import address_hash
from marketing.audience.models import Contact, Standing
from marketing.rules.countries import country_name
from marketing.rules.policy import STRICTEST, CountryRule, Policy, is_looser, strictest
from marketing.rules.versions import policy_in_force


@dataclass(frozen=True)
class Details:
    """What an account knows about a contact besides the address."""

    first_name: str = ""
    last_name: str = ""
    country: str = ""
    language: str = ""
    fields: dict[str, Any] = field(default_factory=dict)
    basis: str = ""
    basis_evidence: str = ""
    basis_attested: bool = False
    basis_until: date | None = None
    known_from: str = ""  # a sentence the person reads


class AlreadyKnown(Exception):
    """The account has a contact with this address: `contact`."""

    def __init__(self, contact: Contact) -> None:
        self.contact = contact
        super().__init__(contact.address)


class WasErased(Exception):
    """The person had everything erased: only they themselves may come back."""


class LoosensRule(Exception):
    """The new country asks less of us, and the member is no admin."""


def add_contact(account: Account, address: Address, details: Details, *, source: str) -> Contact:
    """Store a new contact; AlreadyKnown if the address is, WasErased if it must not be.

    Nobody is mailed by being stored.
    """
    hashed = address_hash(address.key)
    erased = Standing.objects.for_account(account).filter(
        address_hash=hashed, erased_at__isnull=False
    )
    if erased.exists():
        raise WasErased
    contact, is_new = Contact.objects.for_account(account).get_or_create(
        account=account,
        address_hash=hashed,
        defaults={
            **vars(details),
            "address": address.send_to,
            "address_key": address.key,
            "search_text": search_text(details.first_name, details.last_name, address.key),
            "source": source[:200],
        },
    )
    if not is_new:
        raise AlreadyKnown(contact)
    note_countries(account, [details.country])
    return contact


def change_contact(contact: Contact, details: Details, *, by: Member) -> None:
    """Store new details; the address never changes. LoosensRule where an admin is needed.

    A country that loosens the rule is written to the audit log.
    """
    before = contact.country
    if loosens(contact.account, before, details.country):
        if not may(by, "loosen_country"):
            raise LoosensRule
        record(
            contact.account,
            by=by,
            act="country.loosened",
            subject=f"Contact {contact.pk}",
            before=country_name(before),
            after=country_name(details.country),
        )
    for name, value in vars(details).items():
        setattr(contact, name, value)
    contact.search_text = search_text(contact.first_name, contact.last_name, contact.address_key)
    contact.save()
    note_countries(contact.account, [details.country])


def delete_contact(contact: Contact) -> None:
    """Forget the contact. What the address said or was asked stays, under its hash."""
    contact.delete()


def search_text(first_name: str, last_name: str, address_key: str) -> str:
    """What a search looks in: name and address in lower case."""
    return f"{first_name} {last_name} {address_key}".strip().lower()[:700]


def loosens(account: Account, before: str, after: str, *, rules: Policy | None = None) -> bool:
    """Whether a contact's change of country asks less consent of us than before (product 2).

    `rules` are those in force; who asks about many contacts reads them once.
    """
    if before == after:
        return False
    rules = rules or policy_in_force()
    return is_looser(_rule_of(account, after, rules), _rule_of(account, before, rules))


def note_countries(account: Account, countries: list[str]) -> None:
    """Remember for ever that the account has had a contact in a class C country."""
    named = sorted({country for country in countries if country})
    if account.strict_unknown or not named:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE account SET strict_unknown = true
               WHERE id = %s AND NOT strict_unknown AND EXISTS (
                   SELECT 1 FROM unnest(%s) AS named(country)
                   WHERE country_track_class(named.country) = 'C')
               RETURNING id""",
            [account.pk, named],
        )
        account.strict_unknown = cursor.fetchone() is not None


def _rule_of(account: Account, country: str, rules: Policy) -> CountryRule:
    own = rules.rule_for(account.country)
    if country:
        return strictest([own, rules.rule_for(country)])
    return STRICTEST if account.strict_unknown and own.track_class != "C" else own
