"""The receiver of what comes back, over real SMTP and LMTP."""

import smtplib
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from campaigns.models import Recipient
from campaigns.sending.addressing import envelope_sender, folded
from marketing.models import Account, Contact, Standing, Suppression
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.tracking.making import make_sent_campaign
from tests.tracking.receiving import receiving
from tracking.models import InboundReport

pytestmark = pytest.mark.django_db(transaction=True)
Deliver = Callable[..., tuple[int, bytes]]

BOUNCE = """\
Return-Path: <>
Message-ID: <b1@mx.example.net>
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: message/delivery-status

Final-Recipient: rfc822; ana@example.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 user unknown

--B--
"""
WISH = "From: Ana <ana@example.test>\nSubject: unsubscribe\n\n"
AWAY = "Auto-Submitted: auto-replied\nSubject: Away\n\nBack on Monday.\n"


@pytest.fixture(params=["SMTP", "LMTP"])
def deliver(request: pytest.FixtureRequest) -> Iterator[Deliver]:
    """Hands a mail to the receiver; the reply that decided about it."""
    client = smtplib.LMTP if request.param == "LMTP" else smtplib.SMTP

    def hand_over(address: str, raw: str, sender: str = "") -> tuple[int, bytes]:
        with client("127.0.0.1", port, timeout=20) as far:
            far.ehlo_or_helo_if_needed()
            far.mail(sender)
            code, words = far.rcpt(address)
            return far.data(raw.encode()) if code == 250 else (code, words)

    with receiving(lmtp=request.param == "LMTP") as port:
        yield hand_over


@pytest.fixture
def mailed(acme: Account) -> tuple[int, int, Contact]:
    with use_account(acme):
        campaign, people = make_sent_campaign(acme)
    return acme.pk, campaign.pk, people[0]


def test_a_bounce_is_written_before_it_is_accepted(
    deliver: Deliver, mailed: tuple[int, int, Contact]
) -> None:
    account_id, campaign_id, contact = mailed
    address = envelope_sender(account_id, campaign_id, contact.pk)
    assert deliver(address, BOUNCE)[0] == 250
    assert deliver(address.upper(), BOUNCE)[0] == 250  # some systems fold case
    with use_account(account_id):
        report = InboundReport.objects.for_account(account_id).get()
        assert (report.kind, report.status) == ("hard", "5.1.1")
        recipient = Recipient.objects.for_account(account_id).get()
        assert recipient.trouble == "failed"
        assert recipient.sent_at is not None  # accepted, then returned
        assert recipient.reply == "550 5.1.1 user unknown"
        suppressed = Suppression.objects.for_account(account_id).get()
        assert bytes(suppressed.address_hash) == bytes(contact.address_hash)


def test_a_mail_to_the_leaving_address_unsubscribes_whoever_wrote_it(
    deliver: Deliver, mailed: tuple[int, int, Contact]
) -> None:
    account_id, campaign_id, contact = mailed
    token = folded(tokens.make("leave", account_id, campaign_id, contact.pk))
    address = f"u+{token}@mail.assent.example"
    assert deliver(address, AWAY)[0] == 250
    assert deliver(address, WISH)[0] == 250  # a null sender is no person
    assert standings(account_id) == []
    assert deliver(address, WISH, "ana@example.test")[0] == 250
    assert deliver(address, WISH, "ana@example.test")[0] == 250
    assert standings(account_id) == ["unsubscribed"]


def standings(account_id: int) -> list[str]:
    with use_account(account_id):
        rows = Standing.objects.for_account(account_id)
        return list(rows.values_list("newsletter", flat=True))


@pytest.mark.parametrize(
    "address",
    ["anybody@mail.assent.example", "b+aaaaaaaaaaaaaaaaaaaa@elsewhere.example", "fbl@shop.example"],
)
def test_other_addresses_are_refused_at_once(deliver: Deliver, address: str) -> None:
    assert deliver(address, BOUNCE)[0] == 550


def test_what_nobody_thought_of_is_not_refused_for_good(
    deliver: Deliver, mailed: tuple[int, int, Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    def odd(raw: bytes, address: str) -> None:
        raise RecursionError

    monkeypatch.setattr("tracking.inbound.receiving.take", odd)
    account_id, campaign_id, contact = mailed
    assert deliver(envelope_sender(account_id, campaign_id, contact.pk), BOUNCE)[0] == 451


def test_without_the_database_the_sender_is_told_to_come_back(
    deliver: Deliver, mailed: tuple[int, int, Contact], monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, campaign_id, contact = mailed
    address = envelope_sender(account_id, campaign_id, contact.pk)
    with monkeypatch.context() as away:
        away.setitem(connection.settings_dict, "HOST", "/nowhere")
        assert deliver(address, BOUNCE)[0] == 451
    assert deliver(address, BOUNCE)[0] == 250
    with use_account(account_id):
        assert InboundReport.objects.for_account(account_id).count() == 1
