"""Events go, what they counted as stays; history is judged anew; sums are compared with rows."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from campaigns.models import (
    Campaign,
    CampaignTotals,
    Counter,
    Engagement,
    FirstTime,
    LinkClick,
    Measuring,
)
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.tracking.making import MACHINE, PERSON, PROXY, make_event, make_sent_campaign
from tracking import tasks
from tracking.folding.folding import fold
from tracking.folding.rejudging import accounts_to_rejudge, rejudge
from tracking.judging.rules import RULES_VERSION
from tracking.judging.tables import agent_kind
from tracking.keeping.erasing import erase_measured
from tracking.keeping.pruning import drop_old_partitions, prune_all
from tracking.keeping.recounting import recount
from tracking.models import Recount, Rejudging, SettledEvent, TrackingEvent

Sent = tuple[Campaign, list[Contact]]


@pytest.fixture
def sent(acme: Account) -> Sent:
    """Four people of yesterday: a view with clicks, a proxy, a machine, a click."""
    at = timezone.now() - timedelta(days=1)
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=4)
        make_event(campaign, people[0], at=at)
        make_event(campaign, people[0], "click", number=1, at=at + timedelta(minutes=2))
        make_event(campaign, people[1], agent=PROXY, at=at)
        make_event(campaign, people[2], "click", number=2, agent=MACHINE, at=at)
        make_event(campaign, people[3], "click", number=2, at=at + timedelta(minutes=9))
    while fold(acme.pk):
        pass
    return campaign, people


def figures(account: Account) -> list[Any]:
    """Everything that is counted."""
    with use_account(account):
        return [
            list(model.objects.for_account(account).order_by("pk").values())
            for model in (CampaignTotals, Counter, Engagement, FirstTime, LinkClick)
        ]


def events_left(account: Account) -> int:
    with use_account(account):
        return int(TrackingEvent.objects.for_account(account).count())


def test_raw_events_go_after_the_retention_and_every_figure_stays(
    acme: Account, sent: Sent
) -> None:
    before = figures(acme)
    assert prune_all() == 0, "the default is 90 days"
    assert prune_all(timezone.now() + timedelta(days=100)) == 5
    assert events_left(acme) == 0
    assert figures(acme) == before
    with use_account(acme):
        assert SettledEvent.objects.for_account(acme).count() == 5
    assert recount(acme.pk).differences == []


def test_the_account_chooses_how_long(acme: Account, sent: Sent) -> None:
    with use_account(acme):
        Measuring.objects.create(account=acme, retention_days=300)
    assert prune_all(timezone.now() + timedelta(days=200)) == 0
    assert prune_all(timezone.now() + timedelta(days=310)) == 5


def test_a_late_request_adds_to_what_was_settled(acme: Account, sent: Sent) -> None:
    campaign, people = sent
    prune_all(timezone.now() + timedelta(days=100))
    with use_account(acme):
        make_event(campaign, people[0])
        make_event(campaign, people[3])
    fold(acme.pk)
    with use_account(acme):
        rows = {e.contact_id: e for e in Engagement.objects.for_account(acme)}
        assert (rows[people[0].pk].opens, rows[people[0].pk].clicks) == (2, 1)
        totals = CampaignTotals.objects.for_account(acme).get()
        assert (totals.viewers, totals.clickers, totals.clicked_unseen) == (2, 2, 0)
    assert recount(acme.pk).differences == []


def test_a_month_goes_when_it_is_empty_and_older_than_anybody_keeps(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT make_event_partition('2020-03-01')")
    assert "tracking_event_2020_03" in drop_old_partitions()
    assert drop_old_partitions() == []


def test_history_is_judged_anew_with_progress_and_says_by_which_rules(
    acme: Account, sent: Sent
) -> None:
    before = figures(acme)
    with use_account(acme):
        events = TrackingEvent.objects.for_account(acme)
        events.update(rules_version="2020-01-01")
        # As older rules might have had it: nobody knew this program.
        wrong = events.filter(agent=PERSON, kind="open").first()
        assert wrong is not None
    assert accounts_to_rejudge() == [acme.pk]
    assert rejudge(acme.pk) == 4
    with use_account(acme):
        progress = Rejudging.objects.for_account(acme).get()
        assert (progress.people, progress.done, progress.finished_at) == (4, 4, None)
    assert rejudge(acme.pk) == 0
    assert accounts_to_rejudge() == []
    assert figures(acme) == before
    with use_account(acme):
        versions = TrackingEvent.objects.for_account(acme).values_list("rules_version", flat=True)
        assert set(versions) == {RULES_VERSION}


def test_other_rules_move_people_from_class_to_class(
    acme: Account, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their program is found to be a scanner's: views and clicks become a machine's."""
    monkeypatch.setattr(
        "tracking.judging.rules.agent_kind",
        lambda agent: "machine" if agent == PERSON else agent_kind(agent),
    )
    tasks.rejudge()
    with use_account(acme):
        totals = CampaignTotals.objects.for_account(acme).get()
        assert (totals.viewers, totals.clickers, totals.machine_only) == (0, 0, 1)
    assert recount(acme.pk).differences == []


def test_the_recount_tells_a_sum_that_is_wrong(acme: Account, sent: Sent) -> None:
    assert recount(acme.pk).differences == []
    with use_account(acme):
        CampaignTotals.objects.for_account(acme).update(viewers=7)
        Counter.objects.for_account(acme).filter(kind="open", judged_class="proxy").delete()
        FirstTime.objects.for_account(acme).filter(kind="click", number=2).update(people=9)
    tasks.recount()
    with use_account(acme):
        told = Recount.objects.for_account(acme).get()
    assert {line["text"] for line in told.differences} == {
        "viewers: 7 counted, 1 in the rows",
        "open by proxy: 0 counted, 1 in the rows",
        "click first of link 2: 9 counted, 1 in the rows",
    }


def test_erased_people_are_no_difference(acme: Account, sent: Sent) -> None:
    campaign, people = sent
    prune_all(timezone.now() + timedelta(days=100))
    with use_account(acme):
        make_event(campaign, people[0])
    fold(acme.pk)
    with use_account(acme):
        erase_measured(acme.pk, [people[0].pk, people[1].pk, people[2].pk])
    assert recount(acme.pk).differences == []


@pytest.mark.django_db(transaction=True)
def test_folding_from_several_sides_at_once_counts_everything_once(acme: Account) -> None:
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=5)
        for number in range(60):
            make_event(campaign, people[number % 5], at=timezone.now() - timedelta(hours=number))

    def work() -> None:
        try:
            for _ in range(10):
                fold(acme.pk)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while fold(acme.pk):
        pass
    with use_account(acme):
        assert sum(c.events for c in Counter.objects.for_account(acme)) == 60
        assert CampaignTotals.objects.for_account(acme).get().viewers == 5
    assert recount(acme.pk).differences == []
