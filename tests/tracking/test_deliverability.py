"""Rates with their denominators, and the brake they pull."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.utils import timezone

from campaigns.launching import stopping
from campaigns.launching.readiness import problems_of
from campaigns.models import Brake, Campaign, CampaignEvent, Chunk, OwnRelay
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.making import make_sender
from tests.tracking.making import make_sent_campaign
from tracking.deliverability.braking import release, watch, watch_all
from tracking.deliverability.rates import Level, Measure, Rate, rates_of
from tracking.models import InboundReport

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("measure", "count", "sent", "level"),
    [
        (Measure.COMPLAINTS, 5, 199, Level.TOO_FEW),
        (Measure.COMPLAINTS, 0, 200, Level.FINE),
        (Measure.COMPLAINTS, 1, 1001, Level.FINE),
        (Measure.COMPLAINTS, 1, 1000, Level.WARN),
        (Measure.COMPLAINTS, 3, 1001, Level.WARN),
        (Measure.COMPLAINTS, 3, 1000, Level.STOP),
        (Measure.BOUNCES, 29, 1000, Level.FINE),
        (Measure.BOUNCES, 30, 1000, Level.WARN),
        (Measure.BOUNCES, 79, 1000, Level.WARN),
        (Measure.BOUNCES, 80, 1000, Level.STOP),
    ],
)
def test_a_rate_warns_and_stops_from_its_limits_on(
    measure: Measure, count: int, sent: int, level: Level
) -> None:
    assert Rate(domain="", measure=measure, count=count, sent=sent).level is level


class Sent:
    """An account that sent 1,000 mails from one domain, and has a second campaign running."""

    def __init__(self, account: Account, *, address: str = "news@acme.example") -> None:
        self.account = account
        with use_account(account):
            self.sender = make_sender(account, address, verified_at=timezone.now())
            self.done, people = make_sent_campaign(account, sender=self.sender)
            self.done.first_sent_at = timezone.now() - timedelta(days=2)
            self.done.save()
            Chunk.objects.for_account(account).filter(campaign_id=self.done.pk).update(sent=1000)
            self.going = Campaign.objects.create(
                account=account,
                name="Winter",
                sender=self.sender,
                state="sending",
                track_opens=False,
                track_clicks=False,
                require_consent=False,
            )
        self.contact = people[0]

    def reports(self, kind: str, count: int, *, days_ago: int = 0) -> None:
        with use_account(self.account):
            already = InboundReport.objects.for_account(self.account).count()
            for number in range(already, already + count):
                InboundReport.objects.create(
                    account=self.account,
                    received_at=timezone.now() - timedelta(days=days_ago),
                    kind=kind,
                    campaign_id=self.done.pk,
                    contact_id=number,
                    address_hash=b"x" * 32,
                    digest=number.to_bytes(32, "big"),
                )

    def state(self) -> str:
        with use_account(self.account):
            self.going.refresh_from_db()
        return self.going.state

    def held(self) -> list[str]:
        with use_account(self.account):
            rows = Brake.objects.for_account(self.account).filter(released_at__isnull=True)
            return [brake.why for brake in rows]


@pytest.fixture
def sent(acme: Account, olga: Member) -> Sent:
    return Sent(acme)


def test_two_in_a_thousand_go_on_and_three_pause(
    sent: Sent, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailed: list[dict[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, queue: mailed.append(kwargs))
    sent.reports("complaint", 2)
    watch_all()
    assert (sent.state(), sent.held()) == ("sending", [])
    sent.reports("complaint", 1)
    with django_capture_on_commit_callbacks(execute=True):
        watch_all()
    assert sent.state() == "paused"
    why = "Held for your reputation: 3 of 1000 mails of the last 30 days were reported as spam"
    assert sent.held() == [why]
    assert [mail["subject"] for mail in mailed] == ["Acme Bikes is on hold"]
    with use_account(sent.account):
        (line,) = CampaignEvent.objects.for_account(sent.account).filter(what="paused")
    assert line.text == f"Paused: {why}"


def test_hard_bounces_pause_too_and_only_those_of_thirty_days(sent: Sent) -> None:
    sent.reports("hard", 80, days_ago=31)
    assert watch(sent.account.pk) == []
    sent.reports("hard", 80)
    assert len(watch(sent.account.pk)) == 1
    assert watch(sent.account.pk) == []  # once


def test_a_bad_domain_is_held_alone_where_the_account_as_a_whole_is_fine(sent: Sent) -> None:
    other = Sent(sent.account, address="hello@good.example")
    with use_account(sent.account):
        chunks = Chunk.objects.for_account(sent.account).filter(campaign_id=other.done.pk)
        chunks.update(sent=100_000)
    sent.reports("complaint", 4)
    watch(sent.account.pk)
    assert (sent.state(), other.state()) == ("paused", "sending")
    assert sent.held() == [
        "Held for your reputation: 4 of 1000 mails of the last 30 days were reported as spam from "
        "acme.example"
    ]


def test_while_it_is_held_nothing_launches_or_resumes_until_the_operator_lets_go(
    sent: Sent, olga: Member
) -> None:
    sent.reports("complaint", 10)
    watch(sent.account.pk)
    with use_account(sent.account):
        (why,) = sent.held()
        texts = [problem.text for problem in problems_of(sent.going, sent.account)]
        assert why in texts
    with pytest.raises(stopping.Held, match="reported as spam"):
        stopping.resume(sent.going, by=olga)
    assert sent.state() == "paused"
    call_command("release_brake", sent.account.pk, note="list was cleaned")
    assert sent.held() == []
    assert stopping.resume(sent.going, by=olga)
    watch(sent.account.pk)  # counting began anew
    assert sent.state() == "sending"
    with pytest.raises(CommandError):
        call_command("release_brake", sent.account.pk)
    assert release(sent.account.pk, note="") == 0


def test_what_comes_while_nothing_runs_holds_the_next_launch(sent: Sent) -> None:
    with use_account(sent.account):
        Campaign.objects.for_account(sent.account).filter(pk=sent.going.pk).update(state="draft")
        sent.going.refresh_from_db()
    sent.reports("complaint", 3)
    watch_all()
    with use_account(sent.account):
        texts = [problem.text for problem in problems_of(sent.going, sent.account)]
    assert sent.held()[0] in texts


def test_rates_of_another_account_are_nobodys(sent: Sent, velo: Account) -> None:
    sent.reports("complaint", 10)
    with use_account(velo):
        assert all(rate.sent == 0 for rate in rates_of(velo.pk))


def test_the_page_tells_rates_with_their_denominators_and_what_to_do(
    sent: Sent, rita: Member, as_member: Any
) -> None:
    sent.reports("complaint", 4)
    watch(sent.account.pk)
    page = as_member(rita).get(f"/a/{sent.account.pk}/settings/deliverability/")
    text = page.content.decode()
    assert page.status_code == 200
    assert "4 of 1,000 sent" in text
    assert "Warned from 0.1%, held from 0.3%" in text
    assert "Ask for consent first" in text
    assert "ask the operator to let it go" in text


def test_the_address_for_a_providers_events_is_for_admins_only(
    acme: Account, adam: Member, rita: Member, as_member: Any
) -> None:
    with use_account(acme):
        OwnRelay.objects.create(
            account=acme, kind="provider", provider="postmark", shown="Postmark", secret=b"x"
        )
    url = f"/a/{acme.pk}/settings/deliverability/"
    address = "@testserver/hooks/postmark/"
    assert address in as_member(adam).get(url).content.decode()
    assert address not in as_member(rita).get(url).content.decode()
