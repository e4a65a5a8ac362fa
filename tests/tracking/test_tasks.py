"""The bells of tracking: every account's events are folded, partitions are made ahead."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from campaigns.models import CampaignTotals
from marketing.models import Account
from marketing.tenancy import use_account
from settings.celery import app
from settings.schedule import SCHEDULE
from tests.tracking.making import make_event, make_sent_campaign
from tracking import tasks
from tracking.folding.working import accounts_to_fold, fold_all


@pytest.fixture
def two_accounts(acme: Account, velo: Account) -> tuple[Account, Account]:
    Account.objects.filter(pk=velo.pk).update(tracking=True, country="US")
    velo.refresh_from_db()
    for account in (acme, velo):
        with use_account(account):
            campaign, (ana,) = make_sent_campaign(account)
            make_event(campaign, ana)
    return acme, velo


def test_the_task_folds_the_events_of_every_account(
    two_accounts: tuple[Account, Account],
) -> None:
    assert set(accounts_to_fold()) == {account.pk for account in two_accounts}
    tasks.fold()
    assert accounts_to_fold() == []
    for account in two_accounts:
        with use_account(account):
            assert CampaignTotals.objects.for_account(account).get().viewers == 1


def test_folding_says_how_many_events_it_folded(two_accounts: tuple[Account, Account]) -> None:
    assert fold_all(seconds=60) == 2
    assert fold_all(seconds=60) == 0


def test_folding_stops_when_its_time_is_up(two_accounts: tuple[Account, Account]) -> None:
    assert fold_all(seconds=0) == 0
    assert len(accounts_to_fold()) == 2


def test_partitions_of_the_next_months_are_made_and_making_them_twice_does_no_harm(
    db: Any,
) -> None:
    tasks.make_event_partitions()
    tasks.make_event_partitions()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relispartition AND relname LIKE 'tracking_event_2%'"
        )
        made = {name for (name,) in cursor.fetchall()}
    now = timezone.now()
    months = [divmod(now.year * 12 + now.month - 1 + ahead, 12) for ahead in range(3)]
    assert {f"tracking_event_{year:04}_{month + 1:02}" for year, month in months} <= made


def test_the_schedule_rings_bells_that_exist() -> None:
    app.loader.import_default_modules()
    assert {job["task"] for job in SCHEDULE.values()} <= set(app.tasks)
