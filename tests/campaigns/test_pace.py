"""The end of sending, told before it begins."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.launching.showing.ending import ends_at
from campaigns.launching.showing.pace import estimate, estimate_of_requests, time_per_mail
from campaigns.models import Campaign, CampaignEvent, Chunk, SendingLimit
from campaigns.sending.rates import limits
from campaigns.sending.rates.models import DAY
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import launched, make_draft, make_people


def make_past(
    account: Account, by: Member, *, ended: list[tuple[int, timedelta]], kind: str = "mail"
) -> None:
    """A campaign that sent so many mails in chunks that ended so long after its first mail."""
    campaign, began = make_draft(account, by, name="Before"), timezone.now() - timedelta(days=9)
    with use_account(account):
        mine = Campaign.objects.for_account(account).filter(pk=campaign.pk)
        first = {"mail": "first_sent_at", "request": "prepared_at"}[kind]
        mine.update(state="finished", launched_at=began, **{first: began})
        for number, (sent, after) in enumerate(ended):
            Chunk.objects.create(
                account_id=account.pk,
                campaign_id=campaign.pk,
                number=number,
                kind=kind,
                lo=1,
                hi=2,
                planned=sent,
                sent=sent if kind == "mail" else 0,
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
        assert "about 34 minutes" in estimate(acme, 3_400, sender="news@acme.test")


def test_where_all_are_asked_first_the_dialog_tells_when_the_last_request_leaves(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 3)
    campaign = make_draft(acme, emil, require_consent=True)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    page = as_member(emil)
    shown = page.get(url).content.decode()
    assert "Each newsletter leaves within seconds of its person’s yes." in shown
    assert "The last consent request leaves" not in shown, "no pace is known yet"
    make_past(acme, emil, ended=[(100, timedelta(minutes=1))])
    shown = page.get(url).content.decode()
    assert "The last consent request leaves in about 1 minute, around " in shown
    assert "Done in" not in shown
    with use_account(acme):
        assert "about 4 minutes" in estimate_of_requests(acme, 350, sender="news@acme.test")
        make_past(acme, emil, ended=[(100, timedelta(minutes=2))], kind="request")
        # requests have a pace of their own now, and the newsletters leave behind them
        assert "about 8 minutes" in estimate_of_requests(acme, 350, sender="news@acme.test")
        both = estimate(acme, 350, sender="news@acme.test", requests=350)
    assert both.startswith("Done in about 12 minutes, around ")


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
        said = estimate(acme, 200, sender="news@acme.test")
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


def day_of(hour: int, minute: int = 0, *, day: int = 3) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=ZoneInfo("UTC"))


@pytest.mark.parametrize(
    ("hours", "mails", "ends"),
    [
        (None, 60, day_of(13)),
        ((time(8), time(18)), 60, day_of(13)),
        ((time(8), time(18)), 420, day_of(9, day=4)),  # six hours of today, one of tomorrow
        ((time(14), time(15)), 90, day_of(14, 30, day=4)),
        ((time(22), time(2)), 180, day_of(1, day=4)),  # the window passes midnight
    ],
)
def test_a_mail_a_minute_from_noon_ends_within_the_sending_hours(
    hours: tuple[time, time] | None, mails: int, ends: datetime
) -> None:
    account = Account(time_zone="UTC")
    account.sending_from, account.sending_until = hours or (None, None)
    each, now = timedelta(minutes=1), day_of(12)
    assert ends_at(account, mails, each=each, allowed=lambda day: None, now=now) == ends


def test_the_number_of_a_day_ends_it_and_the_next_goes_on() -> None:
    allowed = {3: 10, 4: 20}
    found = ends_at(
        Account(time_zone="UTC"),
        45,
        each=timedelta(minutes=1),
        allowed=lambda day: allowed.get(day.day),
        now=day_of(12),
    )
    assert found == day_of(0, 15, day=5)


def test_before_the_launch_limits_of_minutes_and_days_count(acme: Account, emil: Member) -> None:
    make_past(acme, emil, ended=[(1000, timedelta(minutes=1))])
    sender = "news@acme.test"
    with use_account(acme):
        limits._kept.clear()
        assert estimate(acme, 600, sender=sender).startswith("Done in about 1 minute, around ")
        SendingLimit.objects.create(account=acme, scope="account", mails=60, seconds=60)
        limits._kept.clear()
        assert estimate(acme, 600, sender=sender).startswith("Done in about 10 minutes, around ")
        SendingLimit.objects.create(account=acme, scope="account", mails=300, seconds=DAY)
        limits._kept.clear()
        day_after = timezone.now().astimezone(ZoneInfo(acme.time_zone)) + timedelta(days=2)
        said = estimate(acme, 600, sender=sender)  # a tenth of each day is kept for requests
        limits._kept.clear()
    assert said.startswith(f"Done around {day_after.day} {day_after:%b %Y}, 00:0")


def test_a_pause_is_no_part_of_the_pace_and_the_rest_is_told_with_its_limit(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 4)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    now = timezone.now()
    with use_account(acme):
        campaigns = Campaign.objects.for_account(acme).filter(pk=campaign.pk)
        campaigns.update(state="sending", first_sent_at=now - timedelta(hours=9))
        Chunk.objects.for_account(acme).filter(campaign_id=campaign.pk).update(sent=2, queued=2)
        for what, ago in (
            ("paused", timedelta(hours=8, minutes=58)),
            ("resumed", timedelta(minutes=2)),
        ):
            CampaignEvent.objects.create(account=acme, campaign=campaign, at=now - ago, what=what)
    url, page = reverse("campaigns:running", args=[acme.pk, campaign.pk]), as_member(emil)
    # Two minutes, two mails, a pause of nearly nine hours, two minutes.
    assert "About 5 minutes left" in page.get(url).content.decode()
    with use_account(acme):
        SendingLimit.objects.create(account=acme, scope="account", mails=1, seconds=DAY)
    limits._kept.clear()
    shown = page.get(url).content.decode()
    limits._kept.clear()
    assert "Ends around " in shown
    assert "Daily limit, 1 mails: 1 leave today, the last on " in shown
