"""Rates as workers meet them: real Redis, real clock, many at once."""

import threading
import time
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from campaigns.models import SendingDay, SendingLimit
from campaigns.sending.rates import limits, storing, windows
from campaigns.sending.rates.models import DAY
from campaigns.sending.rates.taking import Ask, Grant, give_back, take
from marketing.models import Account
from marketing.tenancy import use_account

pytestmark = pytest.mark.django_db

SENDER = "news@acme.test"


def allow(account: Account, mails: int, seconds: int, scope: str = "account") -> None:
    with use_account(account):
        SendingLimit.objects.create(account=account, scope=scope, mails=mails, seconds=seconds)
    limits._kept.clear()


def ask(account: Account, mails: int, *, group: str = "x.test", is_request: bool = False) -> Grant:
    return take(
        Ask(account_id=account.pk, sender=SENDER, wanted={group: mails}, is_request=is_request)
    )


def test_without_limits_everything_may_leave(acme: Account) -> None:
    grant = ask(acme, 10_000)
    assert (grant.total, grant.not_before) == (10_000, None)


def test_a_window_is_never_exceeded_and_says_when_it_opens(acme: Account) -> None:
    allow(acme, 5, 10)
    assert [ask(acme, 3).total, ask(acme, 3).total, ask(acme, 3).total] == [3, 2, 0]
    refused = ask(acme, 3)
    assert refused.not_before is not None
    wait = (refused.not_before - datetime.now(UTC)).total_seconds()
    assert 8 < wait < 10.5
    assert refused.why == "The account's rate is used up"


def test_what_did_not_leave_is_free_again(acme: Account) -> None:
    allow(acme, 5, 60)
    grant = ask(acme, 5)
    give_back(grant, {"x.test": 2})
    assert ask(acme, 9).total == 2


def test_twelve_mails_at_five_in_ten_seconds_take_twenty_seconds(acme: Account) -> None:
    allow(acme, 5, 10)
    began, taken, late = time.monotonic(), [], 0.0
    while len(taken) < 12:
        grant = ask(acme, 12 - len(taken))
        taken += [time.monotonic() - began] * grant.total
        if grant.not_before is not None:
            wait_until(grant.not_before)
            late += (datetime.now(UTC) - grant.not_before).total_seconds()
    assert 20 <= taken[-1] <= 21 + late  # this machine's own lateness is no fault of the rate
    for first, sixth in zip(taken, taken[5:], strict=False):
        assert sixth - first > 10


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
    allow(acme, 4, 2)
    assert ask(acme, 4).total == 4
    refused = ask(acme, 1, is_request=True)
    assert refused.total == 0
    assert refused.not_before is not None
    wait_until(refused.not_before)
    assert ask(acme, 4).total == 0
    assert ask(acme, 1, is_request=True).total == 1
    assert ask(acme, 4).total == 3


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
    assert grant.ask_again_at < grant.not_before
    assert ask(acme, 50, is_request=True).total == 10
    assert ask(acme, 1, is_request=True).total == 0


def test_a_day_survives_an_emptied_redis(acme: Account) -> None:
    allow(acme, 10, DAY)
    assert ask(acme, 20).total == 9
    for key in storing.client().scan_iter(storing.key("*")):
        storing.client().delete(key)
    assert ask(acme, 20).total == 0
    with use_account(acme):
        assert SendingDay.objects.for_account(acme).get().taken == 9


def test_what_a_day_refuses_is_given_back_to_the_windows(acme: Account) -> None:
    allow(acme, 10, DAY)
    allow(acme, 30, 3600)
    assert ask(acme, 30).total == 9
    with use_account(acme):
        SendingLimit.objects.filter(seconds=DAY).delete()
    limits._kept.clear()
    assert ask(acme, 30).total == 21


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


def wait_until(moment: datetime) -> None:
    while datetime.now(UTC) < moment:
        time.sleep(0.01)
