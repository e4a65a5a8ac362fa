"""What reports do to people: at once, after a while, or never."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Chunk, Recipient
from campaigns.sending.addressing import envelope_sender, request_message_id
from consent.erasing.erasing import erase
from consent.models import ConsentPrivate
from marketing.models import Account, Suppression
from marketing.tenancy import use_account
from tests.consent.making import make_request
from tests.making import make_contact
from tests.tracking.making import make_sent_campaign
from tracking.inbound import forgetting
from tracking.inbound.applying import Received
from tracking.inbound.mails import receive
from tracking.models import InboundReport, UnclaimedMail

pytestmark = pytest.mark.django_db

FULL = ("failed", "5.2.2", "552 5.2.2 mailbox full")
DISABLED = ("failed", "5.2.1", "550 5.2.1 mailbox disabled")
DELIVERED = ("delivered", "2.1.5", "250 2.1.5 ok")
Told = tuple[str, str, str]


class Mailed:
    """One person who got one campaign; reports about it, each a mail of its own."""

    def __init__(self, account: Account) -> None:
        self.account = account
        with use_account(account):
            self.campaign, people = make_sent_campaign(account)
        self.contact = people[0]
        self.number = 0

    def report(self, told: Told, *, days_ago: int = 0) -> Received:
        """A delivery report that came that long ago."""
        self.number += 1
        action, status, diagnostic = told
        raw = (
            f"Message-ID: <r{self.number}@mx.example.net>\n"
            'Content-Type: multipart/report; boundary="B"\n\n'
            "--B\nContent-Type: message/delivery-status\n\n"
            f"Final-Recipient: rfc822; {self.contact.address}\nAction: {action}\n"
            f"Status: {status}\nDiagnostic-Code: smtp; {diagnostic}\n\n--B--\n"
        )
        keys = self.account.pk, self.campaign.pk, self.contact.pk
        got = receive(raw.encode(), envelope_sender(*keys))
        with use_account(self.account):
            newest = InboundReport.objects.for_account(self.account).latest("id")
            newest.received_at = timezone.now() - timedelta(days=days_ago)
            newest.save()
        return got

    def recipient(self) -> Recipient:
        with use_account(self.account):
            return Recipient.objects.for_account(self.account).get()

    def chunk(self) -> Chunk:
        with use_account(self.account):
            return Chunk.objects.for_account(self.account).get()


@pytest.fixture
def mailed(acme: Account) -> Mailed:
    return Mailed(acme)


def reasons(account: Account) -> list[str]:
    with use_account(account):
        rows = Suppression.objects.for_account(account)
        return list(rows.values_list("reason", flat=True))


def test_five_full_mailboxes_over_two_weeks_suppress(mailed: Mailed) -> None:
    for days in (15, 12, 9, 6):
        assert not mailed.report(FULL, days_ago=days).suppressed
    assert mailed.report(FULL).suppressed
    assert reasons(mailed.account) == ["bounce"]


def test_five_full_mailboxes_within_a_week_do_not(mailed: Mailed) -> None:
    assert not any(mailed.report(FULL, days_ago=days).suppressed for days in (6, 5, 4, 3, 0))


def test_a_delivery_in_between_starts_the_count_anew(mailed: Mailed) -> None:
    for days in (20, 18, 16):
        mailed.report(FULL, days_ago=days)
    mailed.report(DELIVERED, days_ago=15)
    assert not any(mailed.report(FULL, days_ago=days).suppressed for days in (4, 2, 0))


def test_a_disabled_mailbox_counts_when_it_still_is_after_a_week(mailed: Mailed) -> None:
    assert not mailed.report(DISABLED, days_ago=6).suppressed
    assert not mailed.report(DISABLED, days_ago=5).suppressed
    with use_account(mailed.account):
        first = InboundReport.objects.for_account(mailed.account).earliest("id")
        first.received_at = timezone.now() - timedelta(days=8)
        first.save()
    assert mailed.report(DISABLED).suppressed


def test_a_returned_mail_leaves_the_sum_as_it_was(mailed: Mailed) -> None:
    before = mailed.chunk()
    mailed.report(FULL)
    after = mailed.chunk()
    assert (after.planned, after.sent, after.failed) == (before.planned, before.sent - 1, 1)
    assert after.measured_opens == before.measured_opens - 1
    assert mailed.recipient().attempts == 0  # nothing was tried again


def test_a_report_of_delivery_settles_an_unknown_outcome(mailed: Mailed) -> None:
    with use_account(mailed.account):
        Recipient.objects.for_account(mailed.account).update(trouble="unknown", sent_at=None)
        Chunk.objects.for_account(mailed.account).update(
            sent=0, unknown=1, measured_opens=0, measured_clicks=0
        )
    mailed.report(DELIVERED)
    assert mailed.recipient().trouble is None
    assert mailed.recipient().sent_at is not None
    assert (mailed.chunk().sent, mailed.chunk().unknown) == (1, 0)


def test_a_complaint_about_a_request_is_one_about_its_person(acme: Account) -> None:
    with use_account(acme):
        request = make_request(acme, make_contact(acme))
    raw = (
        'Message-ID: <c@fbl.example>\nContent-Type: multipart/report; boundary="B"\n\n'
        "--B\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n\n"
        "--B\nContent-Type: text/rfc822-headers\n\n"
        f"Message-ID: {request_message_id(acme.pk, request.pk)}\n--B--\n"
    )
    assert receive(raw.encode(), "fbl@mail.assent.example").suppressed
    assert reasons(acme) == ["complaint"]


def erased(mailed: Mailed) -> None:
    with use_account(mailed.account):
        erase(mailed.account, bytes(mailed.contact.address_hash))


def test_a_late_report_about_an_erased_person_keeps_its_codes_and_no_words(mailed: Mailed) -> None:
    erased(mailed)
    address = mailed.contact.address
    mailed.report(("failed", "5.1.1", f"550 5.1.1 <{address}> unknown here, says Ana"))
    with use_account(mailed.account):
        report = InboundReport.objects.for_account(mailed.account).get()
        suppression = Suppression.objects.for_account(mailed.account).get()
        private = ConsentPrivate.objects.for_account(mailed.account).filter(deleted_at=None)
        words = [report.diagnostic, suppression.note, mailed.recipient().reply]
        kept = list(private.values_list("value", flat=True))
    assert (report.status, report.subject) == ("5.1.1", "")
    assert words == ["550 5.1.1 (erased)"] * 3
    assert not [value for value in kept if address in value or "Ana" in value]


def test_a_late_report_about_an_erased_person_without_a_code_is_kept_too(mailed: Mailed) -> None:
    erased(mailed)
    mailed.report(("failed", "", f"{mailed.contact.address} is nobody"))
    with use_account(mailed.account):
        report = InboundReport.objects.for_account(mailed.account).get()
    assert report.diagnostic.endswith("(erased)")
    assert mailed.contact.address not in report.diagnostic


def test_mail_without_a_key_is_kept_for_a_month_and_not_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(forgetting, "MOST_UNCLAIMED", 3)
    for number in range(5):
        receive(f"Message-ID: <{number}@x.test>\n\nhello".encode(), "fbl@mail.assent.example")
    newest = list(UnclaimedMail.objects.order_by("-id").values_list("id", flat=True)[:3])
    forgetting.forget_all()
    assert list(UnclaimedMail.objects.order_by("-id").values_list("id", flat=True)) == newest
    UnclaimedMail.objects.filter(id=newest[0]).update(
        received_at=timezone.now() - timedelta(days=31)
    )
    forgetting.forget_all()
    assert not UnclaimedMail.objects.filter(id=newest[0]).exists()
    assert UnclaimedMail.objects.count() == 2


def test_reports_go_after_the_days_that_were_set_in_batches(
    mailed: Mailed, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    settings.INBOUND_REPORT_DAYS = 100
    for days in (130, 120, 110, 105, 101, 90, 1):
        mailed.report(FULL, days_ago=days)
    forgetting.forget_all()
    with use_account(mailed.account):
        kept = InboundReport.objects.for_account(mailed.account).order_by("received_at")
        ages = [(timezone.now() - report.received_at).days for report in kept]
    assert ages == [90, 1]
