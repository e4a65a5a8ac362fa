"""The folder mail, whole: what each mail that comes back means, for whom, and only once."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail as outbox
from django.utils import timezone

from campaigns.models import Campaign, Recipient
from campaigns.sending.addressing import envelope_sender, message_id
from marketing.audience.hashing import address_hash
from marketing.models import Account, Contact, Suppression
from marketing.tenancy import use_account
from tests.cases.files import cases_file, cases_json
from tests.making import make_account, make_contact
from tracking.inbound.applying import Received
from tracking.inbound.mails import receive
from tracking.models import InboundReport, UnclaimedMail

EXPECTED: dict[str, Any] = cases_json("mail/expected.json")
pytestmark = pytest.mark.django_db


class People:
    """The recipients of the cases, by the key they have there."""

    def __init__(self) -> None:
        accounts: dict[int, Account] = {}
        campaigns: dict[tuple[int, int], Campaign] = {}
        self.rows: dict[str, tuple[Account, Campaign, Contact]] = {}
        for key, told in EXPECTED["recipients"].items():
            number = told["account"]
            account = accounts.setdefault(number, make_account(f"Account {number}"))
            with use_account(account):
                named = number, told["campaign"]
                if named not in campaigns:
                    campaigns[named] = Campaign.objects.create(
                        account=account,
                        name="Autumn",
                        track_opens=True,
                        track_clicks=True,
                        require_consent=True,
                    )
                contact = make_contact(account, told["address"])
                self.rows[key] = account, campaigns[named], contact
                sent(account, campaigns[named], contact)

    def names(self, key: str) -> tuple[int, int, int]:
        """Account, campaign, contact."""
        account, campaign, contact = self.rows[key]
        return account.pk, campaign.pk, contact.pk

    def filled(self, raw: bytes) -> bytes:
        """With our keys in place of the tokens."""
        for key in self.rows:
            verp = envelope_sender(*self.names(key))
            message = message_id(*self.names(key)).strip("<>")
            for token, text in (
                ("VERP", verp),
                ("VERP-BAD", spoiled(verp)),
                ("MSGID", message),
            ):
                raw = raw.replace(f"{{{token}:{key}}}".encode(), text.encode())
        return raw

    def suppressed(self, key: str) -> bool:
        account, _, contact = self.rows[key]
        with use_account(account):
            rows = Suppression.objects.for_account(account)
            return rows.filter(address_hash=contact.address_hash).exists()

    def reports(self) -> int:
        found = 0
        for account in {account for account, _, _ in self.rows.values()}:
            with use_account(account):
                found += InboundReport.objects.for_account(account).count()
        return found


def sent(account: Account, campaign: Campaign, contact: Contact) -> None:
    Recipient.objects.create(
        account_id=account.pk,
        campaign_id=campaign.pk,
        contact_id=contact.pk,
        chunk=1,
        address=contact.address,
        address_hash=contact.address_hash,
        verdict=1,
        reason="agreed",
        prepared_at=timezone.now(),
        sent_at=timezone.now(),
    )


def spoiled(verp: str) -> str:
    local, at, domain = verp.partition("@")
    return local[:-1] + ("a" if local[-1] != "a" else "b") + at + domain


@pytest.fixture
def people() -> Iterator[People]:
    yield People()
    assert outbox.outbox == [], "No message is ever answered."


@pytest.mark.parametrize("case", EXPECTED["files"], ids=lambda case: case["file"])
def test_mail_that_comes_back_means_what_the_case_says(
    people: People, case: dict[str, Any]
) -> None:
    raw = cases_file(f"mail/{case['file']}").read_bytes()
    assert hashlib.sha256(raw).hexdigest() == case["sha256"]
    got = take(people, raw, case)
    assert got.verdict.kind in {case["kind"], *case.get("also_ok", [])}
    assert (got.verdict.status or None) == case["status"]
    if "reported_status" in case:
        assert got.verdict.reported_status == case["reported_status"]
    if "diagnostic" in case:
        assert got.verdict.diagnostic == case["diagnostic"]
    assert got.verdict.alarm == case.get("alarm", False)
    assert claimed(got) == (people.names(case["recipient_key"]) if case["recipient_key"] else None)
    expect_suppressed(people, case)
    if case.get("message_state") == "failed" or case["kind"] == "hard":
        assert trouble_of(people, case["recipient_key"]) == "failed"
    before = people.reports(), UnclaimedMail.objects.count()
    take(people, raw, case)
    assert (people.reports(), UnclaimedMail.objects.count()) == before


def take(people: People, raw: bytes, case: dict[str, Any]) -> Received:
    return receive(
        people.filled(raw),
        people.filled(case["envelope_to"].encode()).decode(),
        authenticated=case.get("authenticated", True),
    )


def claimed(got: Received) -> tuple[int, int, int] | None:
    if got.claims is None:
        return None
    return got.claims.account, got.claims.campaign, got.claims.contact


def expect_suppressed(people: People, case: dict[str, Any]) -> None:
    """This person as the case says (null: our choice is "not yet"), nobody else in any account."""
    for key in people.rows:
        wanted = bool(case["suppress"]) and key == case["recipient_key"]
        assert people.suppressed(key) == wanted, key
    stranger = address_hash("redacted@mailbox.example")
    for account in {account for account, _, _ in people.rows.values()}:
        with use_account(account):
            contacts = Contact.objects.for_account(account)
            assert not contacts.filter(address_hash=stranger).exists()


def trouble_of(people: People, key: str) -> str | None:
    account, campaign, contact = people.rows[key]
    with use_account(account):
        rows = Recipient.objects.for_account(account)
        return rows.get(campaign_id=campaign.pk, contact_id=contact.pk).trouble
