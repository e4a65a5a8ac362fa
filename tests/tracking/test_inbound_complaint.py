"""A complaint in mid-campaign: through the real receiver, while the real engine sends another."""

import smtplib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign, Recipient
from campaigns.sending import running
from marketing.models import Account, Contact, Suppression
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.mailwire.scripted import Script, ScriptedSink, scripted
from tests.tracking.receiving import receiving

pytestmark = pytest.mark.django_db(transaction=True)
LONGER_THAN_A_VERDICT = 2.5
COMPLAINT = """\
Message-ID: <c1@fbl.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
Original-Mail-From: <{verp}>

--B--
"""


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[ScriptedSink]:
    settings.STATE_DIR = tmp_path
    with scripted(Script(keeps_octets=False)) as found:
        settings.EMAIL_URL = found.url
        running._engines.clear()
        yield found
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


def launch(account: Account, people: list[Contact], *, name: str) -> Campaign:
    with use_account(account):
        campaign = make_running(account, name=name)
        make_planned(campaign, people)
    return campaign


def send_all(campaign: Campaign) -> None:
    while "queued" in counts(campaign):
        running.send_chunks(seconds=1.0)


def test_the_persons_queued_mail_of_another_running_campaign_is_not_sent(
    acme: Account, sink: ScriptedSink
) -> None:
    """It comes while the other mail's envelope is on the wire; the body never leaves."""
    with use_account(acme):
        people = make_people(acme, 3)
    first = launch(acme, people, name="October")
    send_all(first)
    assert counts(first) == {"sent": 3}
    angry = people[1]
    verp = next(mail.sender for mail in sink.taken if mail.address == angry.address)
    second = launch(acme, people, name="November")
    replies: list[int] = []

    with receiving() as port:

        def complain(address: str, asked: int) -> str:
            if address == angry.address and not replies:
                with smtplib.SMTP("127.0.0.1", port, timeout=60) as far:
                    far.sendmail(
                        "fbl@mailbox.example",
                        "fbl@mail.assent.example",
                        COMPLAINT.format(verp=verp),
                    )
                    replies.append(250)
            return "250 2.1.5 fine"

        sink.script.at_rcpt = complain
        sink.script.delay = LONGER_THAN_A_VERDICT
        send_all(second)

    assert replies == [250]
    assert counts(second) == {"sent": 2, "never": 1}
    assert sink.copies() == {person.address: 1 + (person != angry) for person in people}
    with use_account(acme):
        row = Recipient.objects.for_account(acme).get(campaign_id=second.pk, contact_id=angry.pk)
        assert row.closed_reason == "suppressed_complaint"
        assert Suppression.objects.for_account(acme).get().reason == "complaint"
    assert counts(first) == {"sent": 3}  # that mail did arrive
