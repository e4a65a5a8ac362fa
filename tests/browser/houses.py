"""Fresh accounts for stories, and what the database says about their people afterwards."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from campaigns.composing import blocks
from campaigns.models import Campaign
from consent.models import ConsentRecord
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft
from tests.making import make_account, make_contact, make_member, make_segment, make_sender
from tracking.models import TrackingEvent

LINK = "https://shop.example/autumn?a=1&b=2"
BUTTON = {"label": "See the bikes", "href": LINK}
CONTENT = blocks.as_data(blocks.add(blocks.starting_document(), "button", props=BUTTON))
NUMBERS = count(1)


@dataclass(frozen=True)
class House:
    """An account with an owner, a confirmed sender and a segment of everybody."""

    account: Account
    owner: Member
    domain: str

    @property
    def url(self) -> str:
        return f"/a/{self.account.pk}"

    def address(self, name: str) -> str:
        """An address that no other story uses."""
        return f"{name}@{self.domain}"

    def know(self, name: str, **fields: str) -> Contact:
        """A contact of that first name, as if it had always been there."""
        own = {"country": self.account.country, "language": "en"}
        details = own | {"first_name": name.capitalize()} | fields
        with use_account(self.account):
            return make_contact(self.account, self.address(name), **details)

    def member(self, role: str) -> str:
        """Another member; the email address to log in with."""
        email = self.address(role)
        make_member(self.account, email, role, name=role.capitalize())
        return email

    def draft(self, name: str, **fields: Any) -> Campaign:
        """A campaign to everybody that needs nothing more to be launched."""
        values = {"subject": name, "content": CONTENT} | fields
        return make_draft(self.account, self.owner, name=name, **values)

    def events(self) -> list[str]:
        """The kinds of all tracking events, in alphabetical order."""
        with use_account(self.account):
            rows = TrackingEvent.objects.for_account(self.account)
            return sorted(rows.values_list("kind", flat=True))

    def campaign(self, name: str) -> Campaign:
        with use_account(self.account):
            return Campaign.objects.for_account(self.account).get(name=name)

    def records(self, purpose: str = "newsletter") -> list[str]:
        """The events of the ledger, oldest first."""
        with use_account(self.account):
            rows = ConsentRecord.objects.for_account(self.account).filter(purpose=purpose)
            return list(rows.order_by("seq").values_list("event", flat=True))


def open_house(name: str, *, country: str) -> House:
    """A new account with its owner; nothing of it is shared with another story."""
    number = next(NUMBERS)
    domain = f"story{number}.example"
    account = make_account(name, country=country)
    owner = make_member(account, f"owner@{domain}", "owner", name="Olga Petit")
    with use_account(account):
        make_sender(account, f"news@{domain}")
        make_segment(account)
    return House(account, owner, domain)
