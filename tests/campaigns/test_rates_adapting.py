"""Receivers that slow us down, and sender domains that are new."""

from datetime import date
from typing import Any

import pytest
import time_machine

from campaigns.models import WarmUp
from campaigns.sending.rates import adapting, limits, storing
from campaigns.sending.rates.forecasting import forecast, used_up
from campaigns.sending.rates.taking import Ask, Grant, ended, take
from campaigns.sending.rates.warming import Plan
from mailwire.outcomes import Outcome, Stage, outcome_of
from marketing.models import Account
from marketing.tenancy import use_account

pytestmark = pytest.mark.django_db

FINE = outcome_of(250, "2.0.0 ok", Stage.BODY)
BUSY = outcome_of(421, "4.3.2 too busy", Stage.RCPT)
DISTRUST = outcome_of(451, "4.7.1 try later, your reputation is low", Stage.RCPT)


@pytest.fixture(autouse=True)
def ten_connections(settings: Any) -> None:
    settings.SENDING_CONNECTIONS, settings.SENDING_PROCESSES = 10, 2


def ask(account: Account, **wanted: int) -> Grant:
    groups = {name.replace("_", "."): number for name, number in wanted.items()}
    return take(Ask(account_id=account.pk, sender="news@acme.test", wanted=groups))


def tell(grant: Grant, group: str, *outcomes: Outcome) -> None:
    ended(grant, [(group, outcome) for outcome in outcomes])
    adapting._flags.clear()


@pytest.mark.parametrize(("answer", "pause"), [(BUSY, 30), (DISTRUST, 900)])
def test_a_receiver_that_slows_us_down_is_paused_and_nobody_else(
    acme: Account, answer: Outcome, pause: int
) -> None:
    tell(ask(acme, slow_test=20), "slow.test", FINE, answer, answer)
    grant = ask(acme, slow_test=20, fast_test=20)
    assert grant.allowed == {"slow.test": 0, "fast.test": 20}
    assert grant.not_before is not None
    assert pause - 5 < (grant.not_before - grant.at).total_seconds() <= pause
    assert grant.why == "slow.test asks us to be slow"


def test_after_the_pause_half_as_many_are_on_the_way_and_success_raises_it(acme: Account) -> None:
    tell(ask(acme, slow_test=20), "slow.test", BUSY)
    end_pause("slow.test")
    grant = ask(acme, slow_test=50)
    assert grant.total == 10  # half of twenty
    assert ask(acme, slow_test=50).total == 0  # ten are on the way
    tell(grant, "slow.test", *[FINE] * 10)
    grant = ask(acme, slow_test=50)
    assert grant.total == 11
    for _ in range(30):
        tell(grant, "slow.test", *[FINE] * grant.total)
        grant = ask(acme, slow_test=50)
    assert grant.total == 50  # nobody is held back any more


def test_a_second_time_halves_again_and_pauses_longer(acme: Account) -> None:
    tell(ask(acme, slow_test=20), "slow.test", DISTRUST)
    end_pause("slow.test")
    tell(ask(acme, slow_test=20), "slow.test", DISTRUST)
    state = adapting.slowed("shared", ["slow.test"])["slow.test"]
    assert state.cap == 5
    assert "reputation" in state.why
    grant = ask(acme, slow_test=1)
    assert grant.not_before is not None
    assert 1790 < (grant.not_before - grant.at).total_seconds() <= 1800


def test_many_answers_of_one_moment_halve_once(acme: Account) -> None:
    tell(ask(acme, slow_test=20), "slow.test", *[BUSY] * 20)
    assert adapting.slowed("shared", ["slow.test"])["slow.test"].cap == 10


def test_what_the_relay_says_before_the_recipient_is_not_the_receivers_word(acme: Account) -> None:
    busy = outcome_of(421, "busy", Stage.HELLO)
    tell(ask(acme, x_test=1), "x.test", busy)
    assert adapting.slowed("shared", ["x.test"]) == {}
    direct = take(
        Ask(account_id=acme.pk, sender="n@acme.test", wanted={"x.test": 1}, is_direct=True)
    )
    tell(direct, "x.test", busy)
    assert adapting.slowed("shared", ["x.test"])["x.test"].cap == 10


def test_grey_listing_slows_nobody_down(acme: Account) -> None:
    tell(ask(acme, x_test=1), "x.test", outcome_of(450, "4.7.1 Greylisted", Stage.RCPT))
    assert adapting.slowed("shared", ["x.test"]) == {}


PLAN = Plan(starts_on=date(2026, 11, 2), first_day=50, growth=50, target=500)


def test_a_plan_grows_day_by_day_until_its_target() -> None:
    numbers = [PLAN.number_on(date(2026, 11, day)) for day in range(1, 9)]
    assert numbers == [50, 50, 75, 112, 168, 252, 378, None]
    assert PLAN.ends_on() == date(2026, 11, 8)


@time_machine.travel("2026-11-02T12:00:00Z", tick=False)
def test_the_last_mail_of_a_big_campaign_leaves_when_the_plan_lets_it(acme: Account) -> None:
    with use_account(acme):
        WarmUp.objects.create(
            account=acme,
            domain="acme.test",
            starts_on=date(2026, 11, 2),
            first_day=50,
            growth=50,
            target=500,
        )
    sender = "news@acme.test"
    assert forecast(acme.pk, sender, 45) is None  # a tenth of 50 is kept for requests
    limits._kept.clear()
    sent = ask(acme, x_test=20)
    assert sent.total == 20
    found = forecast(acme.pk, sender, 93)
    assert found is not None
    assert (found.today, found.last_day) == (25, date(2026, 11, 3))  # 68 tomorrow
    assert found.words == (
        "Warm-up of acme.test, today 50: 25 leave today, the last on 3 Nov 2026."
    )
    assert forecast(acme.pk, sender, 94).last_day == date(2026, 11, 4)  # type: ignore[union-attr]
    assert forecast(acme.pk, sender, 10**6).last_day == date(2026, 11, 8)  # type: ignore[union-attr]
    assert forecast(acme.pk, "news@old.test", 10**6) is None
    assert used_up(acme.pk, sender) is None
    ask(acme, x_test=50)
    full = used_up(acme.pk, sender)
    assert full is not None
    assert full.until.isoformat() == "2026-11-03T00:00:00+00:00"


@time_machine.travel("2026-11-03T12:00:00Z", tick=False)
def test_a_new_domain_sends_what_its_plan_allows_today(acme: Account) -> None:
    with use_account(acme):
        WarmUp.objects.create(
            account=acme, domain="acme.test", starts_on=date(2026, 11, 2), first_day=50, growth=50
        )
    limits._kept.clear()
    grant = ask(acme, x_test=200)
    assert grant.total == 68  # 75 today, a tenth kept for consent requests
    assert grant.why == "Warm-up of acme.test: today's 75 mails are sent"
    other = take(Ask(account_id=acme.pk, sender="news@old.test", wanted={"x.test": 200}))
    assert other.total == 200


def end_pause(group: str) -> None:
    storing.client().hset(adapting.key_of("shared", group), "until", 0)
