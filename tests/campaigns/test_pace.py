"""The end of sending, told before it begins."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone

from campaigns.launching.showing.pace import estimate, time_per_mail
from campaigns.models import Campaign, Chunk
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft, make_people


def make_past(account: Account, by: Member, *, ended: list[tuple[int, timedelta]]) -> None:
    """A campaign that sent so many mails in chunks that ended so long after its first mail."""
    campaign, began = make_draft(account, by, name="Before"), timezone.now() - timedelta(days=9)
    with use_account(account):
        mine = Campaign.objects.for_account(account).filter(pk=campaign.pk)
        mine.update(state="finished", launched_at=began, first_sent_at=began)
        for number, (sent, after) in enumerate(ended):
            Chunk.objects.create(
                account_id=account.pk,
                campaign_id=campaign.pk,
                number=number,
                kind="mail",
                lo=1,
                hi=2,
                planned=sent,
                sent=sent,
                done_at=began + after,
            )


def test_the_dialog_tells_how_long_it_takes_by_the_pace_of_before(
    as_member: Any, acme: Account, emil: Member
) -> None:
    minutes = [(100, timedelta(minutes=n)) for n in range(1, 11)]
    make_past(acme, emil, ended=minutes)
    make_people(acme, 3)
    campaign = make_draft(acme, emil, require_consent=False)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    shown = as_member(emil).get(url).content.decode()
    assert "Done in about 1 minute, around " in shown
    with use_account(acme):
        assert "about 34 minutes" in estimate(acme, 3_400)


def test_whoever_joined_days_later_does_not_slow_the_pace(acme: Account, emil: Member) -> None:
    minutes = [(100, timedelta(minutes=n)) for n in range(1, 20)]
    make_past(acme, emil, ended=[*minutes, (1, timedelta(days=8))])
    with use_account(acme):
        found = time_per_mail(acme)
    assert found is not None
    assert timedelta(milliseconds=500) < found < timedelta(milliseconds=800)


def test_without_a_campaign_before_no_time_is_promised(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_past(acme, emil, ended=[(5, timedelta(minutes=1))])
    make_people(acme, 3)
    campaign = make_draft(acme, emil, require_consent=False)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    shown = as_member(emil).get(url).content.decode()
    assert "Done in" not in shown
    assert "How long it takes is known a minute after the start." in shown


def test_outside_the_sending_hours_the_estimate_says_when_it_begins(
    acme: Account, emil: Member
) -> None:
    make_past(acme, emil, ended=[(100, timedelta(minutes=1))])
    local = datetime.now(ZoneInfo(acme.time_zone))
    acme.sending_from = (local + timedelta(hours=2)).time().replace(second=0, microsecond=0)
    acme.sending_until = (local + timedelta(hours=3)).time().replace(second=0, microsecond=0)
    with use_account(acme):
        said = estimate(acme, 200)
    assert said.startswith(f"Waits until {acme.sending_from:%H:%M}, then takes about ")


def test_a_night_between_does_not_slow_the_pace_nor_does_a_stop(
    acme: Account, emil: Member
) -> None:
    make_past(acme, emil, ended=[(100, timedelta(minutes=1))])
    make_past(acme, emil, ended=[(50, timedelta(minutes=1)), (50, timedelta(hours=14))])
    make_past(acme, emil, ended=[(100, timedelta(seconds=1))])
    with use_account(acme):
        stopped = Campaign.objects.for_account(acme).latest("id")
        Campaign.objects.for_account(acme).filter(pk=stopped.pk).update(state="stopped")
        found = time_per_mail(acme)
    assert found is not None
    assert timedelta(milliseconds=600) < found < timedelta(milliseconds=800)
