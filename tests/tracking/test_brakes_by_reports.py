"""The brake, by complaints as they come in over the wire: three of a thousand stop an account."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import current_app
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

import tracking.tasks  # noqa: F401  (the task is found by its name, as beat does)
from campaigns.launching.readiness import problems_of
from campaigns.models import Brake, Campaign, CampaignEvent
from campaigns.sending.addressing import envelope_sender
from marketing.models import Account, Member, Suppression
from marketing.tasks import SEND_SYSTEM_MAIL
from marketing.tenancy import use_account
from settings.schedule import SCHEDULE
from tests.making import make_sender
from tests.tracking.making import make_sent_campaign
from tests.tracking.test_inbound_receiving import deliver

__all__ = ["deliver"]  # the fixture

pytestmark = pytest.mark.django_db(transaction=True)

COMPLAINT = """\
From: <feedback@provider.example>
Message-ID: <c{number}@provider.example>
Content-Type: multipart/report; report-type=feedback-report; boundary="B"

--B
Content-Type: message/feedback-report

Feedback-Type: abuse
Version: 1
User-Agent: Provider/1.0
Original-Mail-From: <{mail_from}>

--B
Content-Type: message/rfc822-headers

Subject: Autumn bikes

--B--
"""


@pytest.fixture
def mailed(acme: Account) -> list[tuple[Campaign, Any]]:
    """A thousand mails of a campaign that still runs, and the people who got some of them."""
    with use_account(acme):
        sender = make_sender(acme, verified_at=timezone.now())
        campaign, people = make_sent_campaign(acme, people=3, sender=sender)
        campaign.first_sent_at = timezone.now()
        campaign.state = Campaign.State.SENDING
        campaign.save()
        with connection.cursor() as cursor:
            cursor.execute("UPDATE chunk SET sent = 1000 WHERE account_id = %s", [acme.pk])
    return [(campaign, person) for person in people]


def beat_rings(name: str) -> None:
    """What beat does within the span its schedule names; the task runs here and now."""
    entry = SCHEDULE[name]
    assert float(entry["schedule"]) <= 30, "paused within a minute"
    current_app.tasks[entry["task"]].apply(throw=True)


@pytest.mark.parametrize("deliver", ["LMTP"], indirect=True)
def test_the_third_complaint_of_a_thousand_mails_pauses_within_a_minute(
    deliver: Callable[..., tuple[int, bytes]],
    mailed: list[tuple[Campaign, Any]],
    acme: Account,
    olga: Member,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr(
        current_app, "send_task", lambda name, kwargs, queue: told.append((name, kwargs))
    )
    for number, (campaign, person) in enumerate(mailed, 1):
        mail_from = envelope_sender(acme.pk, campaign.pk, person.pk)
        report = COMPLAINT.format(number=number, mail_from=mail_from)
        for _ in range(2):  # each counts once
            assert deliver(f"fbl@{django_settings.MAIL_DOMAIN}", report)[0] == 250
        beat_rings("watch_rates")
        with use_account(acme):
            campaign.refresh_from_db()
            held = Brake.objects.for_account(acme).filter(released_at=None).exists()
        assert (campaign.state == Campaign.State.PAUSED) == held == (number == 3)
    with use_account(acme):
        why = "3 of 1000 mails of the last 30 days were reported as spam"
        assert why in Brake.objects.for_account(acme).get().why
        assert why in CampaignEvent.objects.for_account(acme).get(what="paused").text
        assert why in " ".join(problem.text for problem in problems_of(campaign, acme))
        reasons = Suppression.objects.for_account(acme).values_list("reason", flat=True)
        assert list(reasons) == ["complaint"] * 3
    ((name, mail),) = told
    assert (name, mail["to"]) == (SEND_SYSTEM_MAIL, olga.user.email)
    assert "Everything that was running is paused" in mail["text"]
