"""Rates as workers meet them: real Redis, real clock, many at once."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from campaigns.models import SendingDay, SendingLimit
from campaigns.sending.rates import limits, storing, taking, windows
from campaigns.sending.rates.models import DAY
from campaigns.sending.rates.taking import Ask, Grant, give_back, step, take
from marketing.models import Account
from marketing.tenancy import use_account

pytestmark = pytest.mark.django_db

SENDER = "news@acme.test"


def allow(account: Account, mails: int, seconds: int, scope: str = "account") -> None:
    with use_account(account):
        SendingLimit.objects.create(account=account, scope=scope, mails=mails, seconds=seconds)
    limits._kept.clear()


def ask(account: Account, mails: int, *, group: str = "x.test", is_request: bool = False) -> Grant:
    asked = Ask(account_id=account.pk, sender=SENDER, wanted={group: mails}, is_request=is_request)
    return sent(take(asked))


def sent(grant: Grant) -> Grant:
    """What of it was handed over at once; a grant looks a second ahead."""
    left = {
        group: sum(step(grant, group) for _ in range(number))
        for group, number in grant.allowed.items()
    }
    return replace(grant, allowed=left)


def test_without_limits_everything_may_leave(acme: Account) -> None:
    grant = ask(acme, 10_000)
    assert (grant.total, grant.not_before) == (10_000, None)


def test_a_window_is_never_exceeded_and_says_when_it_opens(acme: Account) -> None:
    allow(acme, 5, 60)
    began = datetime.now(UTC)
    assert ask(acme, 3).total == 3
    left = datetime.now(UTC)
    assert [ask(acme, 3).total, ask(acme, 3).total] == [2, 0]
    refused, took = timed(lambda: ask(acme, 3))
    assert refused.not_before is not None
    # a second ahead of the minute, however long the machine took for the questions
    assert began + timedelta(seconds=59) - took <= refused.not_before
    assert refused.not_before <= left + timedelta(seconds=60)
    assert refused.why == "The account's rate is used up"


def test_what_is_allowed_counts_from_the_moment_it_leaves(acme: Account) -> None:
    """A mail that is loaded now and leaves in a second is in the window of that second."""
    allow(acme, 2, 60)
    grant = take(Ask(account_id=acme.pk, sender=SENDER, wanted={"x.test": 2}))
    time.sleep(1)
    left_at = datetime.now(UTC)
    sent(grant)
    again, took = timed(lambda: ask(acme, 2))
    assert again.total == 0
    assert again.not_before is not None
    # a second ahead of the minute that follows, up to two of its 128 parts late
    assert again.not_before - left_at >= timedelta(seconds=59.2) - took


def test_two_who_were_allowed_the_same_do_not_both_send_it(acme: Account) -> None:
    allow(acme, 5, 60)
    asked = Ask(account_id=acme.pk, sender=SENDER, wanted={"x.test": 5})
    one, two = take(asked), take(asked)
    assert one.total == two.total == 5
    assert sum(step(grant, "x.test") for grant in (one, two, one, two, one, two, one)) == 5


def test_twelve_mails_at_five_in_ten_seconds_take_twenty_seconds(acme: Account) -> None:
    allow(acme, 5, 10)
    began, late = datetime.now(UTC), timedelta(0)
    taken: list[tuple[datetime, datetime]] = []  # not before, and not after
    while len(taken) < 12:
        asked_at = datetime.now(UTC)
        grant = ask(acme, 12 - len(taken))
        heard_at = datetime.now(UTC)
        taken += [(asked_at, heard_at)] * grant.total
        wake_at = grant.not_before or heard_at + timedelta(seconds=0.05)
        wait_until(wake_at)
        late += heard_at - asked_at + datetime.now(UTC) - wake_at
    assert timedelta(seconds=20) <= taken[-1][1] - began
    # this machine's own lateness is no fault of the rate
    assert taken[-1][0] - began <= timedelta(seconds=21) + late
    for (first, _), (_, sixth) in zip(taken, taken[5:], strict=False):
        assert sixth - first > timedelta(seconds=10)


def test_many_workers_together_keep_one_rate(acme: Account) -> None:
    """Redis is asked by eight at once; what one takes no other has."""
    allow(acme, 40, 60)
    windows_of = limits.limits_of(acme.pk).windows("shared", SENDER)
    taken: list[int] = []

    def work() -> None:
        mine = [windows.take([(1, windows_of)], is_request=False) for _ in range(20)]
        taken.append(sum(sum(each.allowed) for each in mine))

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sum(taken) == 40


def test_a_promotion_does_not_take_what_a_request_waits_for(acme: Account) -> None:
    allow(acme, 4, 5)
    assert ask(acme, 4).total == 4
    refused = ask(acme, 1, is_request=True)
    assert refused.total == 0
    assert ask(acme, 4).total == 0
    until = datetime.now(UTC) + timedelta(seconds=20)
    while not ask(acme, 1, is_request=True).total:
        assert ask(acme, 4).total == 0  # whatever comes free is the request's
        assert datetime.now(UTC) < until
    until = datetime.now(UTC) + timedelta(seconds=20)
    while not ask(acme, 4).total:  # the request is served: promotions go on
        assert datetime.now(UTC) < until
        time.sleep(0.05)


@time_machine.travel("2026-11-25T17:00:00Z", tick=False)
def test_a_day_is_the_calendar_day_of_the_account(acme: Account) -> None:
    with use_account(acme):
        Account.objects.filter(pk=acme.pk).update(time_zone="America/New_York")
    allow(acme, 100, DAY)
    grant = ask(acme, 150)
    assert grant.total == 90  # a tenth is kept for consent requests
    assert grant.why == "Daily limit reached: 100 mails"
    assert grant.not_before is not None
    assert grant.not_before.astimezone(ZoneInfo("America/New_York")).hour == 0
    assert grant.ask_again_at is not None
    assert grant.at < grant.ask_again_at < grant.not_before
    assert ask(acme, 50, is_request=True).total == 10
    assert ask(acme, 1, is_request=True).total == 0


@time_machine.travel("2026-11-25T17:00:00Z", tick=False)
def test_a_day_survives_an_emptied_redis(acme: Account) -> None:
    allow(acme, 10, DAY)
    assert ask(acme, 20).total == 9
    for key in storing.client().scan_iter(storing.key("*")):
        storing.client().delete(key)
    assert ask(acme, 20).total == 0
    with use_account(acme):
        assert SendingDay.objects.for_account(acme).get().taken == 9


@time_machine.travel("2026-11-25T17:00:00Z", tick=False)
def test_what_did_not_leave_is_given_back_to_the_day(acme: Account) -> None:
    allow(acme, 10, DAY)
    grant = ask(acme, 9)
    assert ask(acme, 9).total == 0
    give_back(grant, {"x.test": 4})
    assert ask(acme, 9).total == 4


def test_each_receiving_group_has_its_own_window(acme: Account) -> None:
    allow(acme, 3, 60, scope="group")
    grant = take(Ask(account_id=acme.pk, sender=SENDER, wanted={"a.test": 5, "b.test": 2}))
    assert grant.allowed == {"a.test": 3, "b.test": 2}
    assert grant.why == "The rate of a receiving group is used up"


def test_the_operators_limits_hold_over_all_accounts(
    acme: Account, velo: Account, settings: Any
) -> None:
    settings.SENDING_LIMITS = "relay=6/minute; group:slow.test=2/10 minutes"
    assert ask(acme, 4).total == 4
    assert ask(velo, 4).total == 2
    settings.SENDING_LIMITS = "group:slow.test=2/10 minutes"
    limits._kept.clear()
    assert ask(acme, 4, group="slow.test").total == 2
    assert ask(velo, 4, group="slow.test").total == 0
    assert ask(velo, 4, group="fast.test").total == 4


def test_nothing_leaves_while_redis_is_away(acme: Account, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    grant = ask(acme, 3)
    assert grant.total == 0
    assert grant.not_before is not None
    assert grant.why == "The store of rates does not answer"


def test_no_mail_is_handed_over_while_redis_is_away(acme: Account, settings: Any) -> None:
    allow(acme, 5, 60)
    grant = take(Ask(account_id=acme.pk, sender=SENDER, wanted={"x.test": 3}))
    here = settings.REDIS_URL
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert not step(grant, "x.test")
    settings.REDIS_URL = here
    taking._closed.away_until = float("-inf")
    assert step(grant, "x.test")


def timed(asking: Callable[[], Grant]) -> tuple[Grant, timedelta]:
    """The answer, and how long the machine took for it."""
    began = datetime.now(UTC)
    return asking(), datetime.now(UTC) - began


def wait_until(moment: datetime) -> None:
    while datetime.now(UTC) < moment:
        time.sleep(0.01)
