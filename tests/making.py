"""Small functions that make rows for tests, in the words of the product."""

from typing import Any

from django.utils import timezone

from marketing.audience.addresses import read_address
from marketing.audience.contacts import search_text
from marketing.audience.hashing import address_hash
from marketing.models import Account, Contact, CountryRule, Member, Segment, Sender, User
from marketing.tenancy import use_account

PASSWORD = "assent-demo"


def make_account(name: str = "Acme Bikes", *, country: str = "US", **fields: Any) -> Account:
    """An account with the defaults of its country."""
    rule = CountryRule.objects.filter(country__in=[country, "*"]).order_by("-country").first()
    assert rule is not None
    defaults = {
        "tracking": rule.tracking_default,
        "consent": rule.consent_default,
        "postal_address": "12 Main Street, Springfield",
        "time_zone": "UTC",
    }
    return Account.objects.create(name=name, country=country, **(defaults | fields))


def make_member(account: Account, email: str, role: str, *, name: str = "") -> Member:
    """A user with the demo's password and a role in the account."""
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, PASSWORD, name=name
    )
    return Member.objects.create(account=account, user=user, role=role)


def make_contact(account: Account, address: str = "ana@example.test", **fields: Any) -> Contact:
    """A contact, stored directly (no rules applied); call inside `use_account`."""
    read = read_address(address)
    return Contact.objects.create(
        account=account,
        address=read.send_to,
        address_key=read.key,
        address_hash=address_hash(read.key),
        search_text=search_text(
            fields.get("first_name", ""), fields.get("last_name", ""), read.key
        ),
        **fields,
    )


def make_segment(account: Account, name: str = "Everybody", **fields: Any) -> Segment:
    """A segment of everybody unless told otherwise; call inside `use_account`."""
    return Segment.objects.create(account=account, name=name, **({"kind": "everybody"} | fields))


def make_sender(account: Account, address: str = "news@acme.example", **fields: Any) -> Sender:
    """A verified sender; call inside `use_account`."""
    defaults = {"name": account.name, "verified_at": timezone.now()}
    return Sender.objects.create(account=account, address=address, **(defaults | fields))


__all__ = [
    "make_account",
    "make_contact",
    "make_member",
    "make_segment",
    "make_sender",
    "use_account",
]
