"""New accounts start low: today's number, what a clean day adds, and where it is said."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Allowance, Brake, SendingDay, SendingLimit
from campaigns.sending.rates import days
from campaigns.sending.rates.forecasting import forecast, used_up
from campaigns.sending.rates.limits import read_limits
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft, make_people
from tracking.deliverability.growing import grow_all, grow_one

SENDER = "news@acme.example"
WHOLE = ("account", "")
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def low(settings: Any) -> None:
    settings.NEW_ACCOUNT_MAILS = 100
    settings.NEW_ACCOUNT_UNTIL = 300


def number_on(account: Account, day: date | None = None) -> int | None:
    limits = read_limits(account.pk)
    return limits.day_limits(SENDER, day=day or limits.today()).get(WHOLE)


def sent_on(account: Account, days_ago: int, mails: int) -> None:
    with use_account(account):
        SendingDay.objects.create(
            account_id=account.pk,
            day=timezone.now().date() - timedelta(days=days_ago),
            scope="account",
            taken=mails,
        )


def allowance(account: Account) -> Allowance:
    with use_account(account):
        return Allowance.objects.for_account(account).get()


def test_a_new_account_has_the_first_number_and_an_old_one_none(
    acme: Account, velo: Account
) -> None:
    with use_account(velo):
        Allowance.objects.create(account=velo, number=0, done_at=timezone.now())
    assert number_on(acme) == 100
    assert number_on(velo) is None


def test_nothing_is_limited_where_the_operator_wants_none(acme: Account, settings: Any) -> None:
    settings.NEW_ACCOUNT_MAILS = 0
    assert number_on(acme) is None
    assert grow_all() == 0


def test_the_days_number_is_what_can_be_taken(acme: Account) -> None:
    limits = read_limits(acme.pk)
    today = limits.today()
    numbers = limits.day_limits(SENDER, day=today)
    assert days.take(acme.pk, today, numbers, wanted=500, is_request=False) == (90, WHOLE)
    # A tenth is kept for consent requests.
    assert days.take(acme.pk, today, numbers, wanted=500, is_request=True) == (10, WHOLE)


def test_each_clean_day_adds_half_and_the_last_one_ends_it(acme: Account) -> None:
    sent_on(acme, 1, 90)
    assert grow_all() == 1
    assert number_on(acme) == 150
    grow_all()
    assert number_on(acme) == 150  # the same day
    for _ in range(2):
        with use_account(acme):
            Allowance.objects.for_account(acme).update(grown_on=timezone.now().date() - DAY)
            SendingDay.objects.for_account(acme).update(taken=100)
        grow_all()
    assert allowance(acme).done_at is not None
    assert number_on(acme) is None
    assert grow_all() == 0


def test_a_day_that_hardly_sent_adds_nothing_and_several_are_counted_late(acme: Account) -> None:
    sent_on(acme, 1, 24)
    grow_one(acme.pk)
    assert number_on(acme) == 100
    with use_account(acme):
        Allowance.objects.for_account(acme).update(grown_on=timezone.now().date() - 3 * DAY)
    sent_on(acme, 2, 90)
    sent_on(acme, 3, 90)
    grow_one(acme.pk)
    assert number_on(acme) == 225


def test_an_unclean_day_adds_nothing(acme: Account) -> None:
    sent_on(acme, 1, 90)
    with use_account(acme):
        Brake.objects.create(account=acme, why="Reported as spam", pulled_at=timezone.now())
    grow_one(acme.pk)
    assert number_on(acme) == 100


def test_an_accounts_own_lower_limit_counts(acme: Account) -> None:
    with use_account(acme):
        SendingLimit.objects.create(account=acme, scope="account", mails=40, seconds=86400)
    assert number_on(acme) == 40


class TestSaid:
    def test_the_estimate_counts_with_clean_days(self, acme: Account) -> None:
        found = forecast(acme.pk, SENDER, 400)
        assert found is not None
        # 90 today, 135 tomorrow, 202 the day after.
        assert found.today == 90
        assert found.last_day == read_limits(acme.pk).today() + 2 * DAY
        assert found.words.startswith("This account is new, 100 mails today: 90 leave today")

    def test_a_day_that_is_used_up_says_why(self, acme: Account) -> None:
        limits = read_limits(acme.pk)
        days.take(
            acme.pk,
            limits.today(),
            limits.day_limits(SENDER, day=limits.today()),
            wanted=90,
            is_request=False,
        )
        found = used_up(acme.pk, SENDER)
        assert found is not None
        assert found.why == "This account is new, 100 mails today"

    def test_the_launch_page_says_it(
        self, acme: Account, emil: Member, as_member: Any, settings: Any
    ) -> None:
        settings.NEW_ACCOUNT_MAILS = 10
        make_people(acme, 12)
        campaign = make_draft(acme, emil, require_consent=False)
        url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
        text = as_member(emil).get(url).content.decode()
        assert "This account is new, 10 mails today: 9 leave today" in text

    def test_sending_limits_say_it(self, acme: Account, rita: Member, as_member: Any) -> None:
        url = reverse("campaigns:settings_sending", args=[acme.pk])
        text = as_member(rita).get(url).content.decode()
        assert "at most 100 mails a day" in text
        assert "New account: half as many more after each clean day, until 300 a day" in text
