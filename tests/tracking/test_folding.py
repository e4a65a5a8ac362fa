"""Folding: people, proxies and machines apart; totals equal the rows behind them."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import CampaignTotals, Counter, Engagement, FirstTime, LinkClick, Recipient
from marketing.models import Account
from marketing.tenancy import use_account
from tests.tracking.crowds import look_at_the_tables
from tests.tracking.making import MACHINE, PERSON, PROXY, make_event, make_sent_campaign
from tracking.folding.folding import fold
from tracking.models import TrackingEvent


def test_people_proxies_and_machines_are_counted_apart(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana, ben, eve, kim) = make_sent_campaign(acme, people=4)
        make_event(campaign, ana)
        make_event(campaign, ana, "click", number=1)
        make_event(campaign, ben, agent=PROXY)
        make_event(campaign, eve, "click", number=1, agent=MACHINE)
        make_event(campaign, kim, "click", number=2)
    assert fold(acme.pk) == 5
    with use_account(acme):
        totals = CampaignTotals.objects.for_account(acme).get(campaign_id=campaign.pk)
        assert (totals.viewers, totals.clickers) == (1, 2)
        assert (totals.proxy_only, totals.clicked_unseen) == (1, 1)
        engagement = Engagement.objects.for_account(acme).get(contact_id=eve.pk)
        assert (engagement.clicks, engagement.clicks_machine) == (0, 1)


@pytest.mark.parametrize("is_erased", [True, False])
def test_events_of_somebody_who_is_no_recipient_any_more_do_not_wait_for_ever(
    acme: Account, is_erased: bool
) -> None:
    """Nor does an event stay that was stored while its person was being erased."""
    with use_account(acme):
        campaign, (ana, ben) = make_sent_campaign(acme, people=2)
        make_event(campaign, ana)
        make_event(campaign, ben)
        bens = Recipient.objects.for_account(acme).filter(contact_id=ben.pk)
        bens.update(address="") if is_erased else bens.delete()
    assert fold(acme.pk) == 2
    assert fold(acme.pk) == 0
    with use_account(acme):
        assert CampaignTotals.objects.for_account(acme).get().viewers == 1
        assert TrackingEvent.objects.for_account(acme).count() == 1


def rows_read() -> dict[str, int]:
    """Rows that this transaction has read of the table of events: one after the other, by key."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(seq_tup_read), 0), coalesce(sum(idx_tup_fetch), 0)
               FROM pg_stat_xact_user_tables WHERE relname LIKE 'tracking_event_2%'"""
        )
        return dict(zip(("in order", "by key"), map(int, cursor.fetchone()), strict=True))


def test_a_batch_reads_nothing_of_what_was_folded_before(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        with connection.cursor() as cursor:
            cursor.execute(
                """INSERT INTO tracking_event (account_id, at, campaign_id, contact_id, kind,
                       ip, network, agent, judged_class, folded_at)
                   SELECT %s, now() - interval '1 hour', %s, %s + n, 'open', '', '203.0.113.0/24',
                       %s, 'person', now() FROM generate_series(1, 5000) n""",
                [acme.pk, campaign.pk, ana.pk, PERSON],
            )
        make_event(campaign, ana)
        look_at_the_tables()  # else what the planner knows is of whatever stood there before
    before = rows_read()
    assert fold(acme.pk) == 1
    after = rows_read()
    assert after["in order"] == before["in order"]
    assert after["by key"] - before["by key"] < 20


def test_folding_twice_changes_nothing(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        make_event(campaign, ana)
    assert fold(acme.pk) == 1
    assert fold(acme.pk) == 0
    with use_account(acme):
        assert CampaignTotals.objects.for_account(acme).get().viewers == 1


def test_a_crowd_is_judged_anew_when_it_becomes_one(acme: Account) -> None:
    """Four mails of a company opened at once may be four people; the fifth says gateway."""
    start = timezone.now() - timedelta(days=2) + timedelta(seconds=12)
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=5)
        for n, person in enumerate(people[:4]):
            make_event(
                campaign, person, "click", number=1, at=start + timedelta(seconds=n), signals=""
            )
    fold(acme.pk)
    with use_account(acme):
        before = CampaignTotals.objects.for_account(acme).get().clickers
        make_event(
            campaign, people[4], "click", number=1, at=start + timedelta(seconds=4), signals=""
        )
    fold(acme.pk)
    with use_account(acme):
        assert CampaignTotals.objects.for_account(acme).get().clickers < max(before, 1)
        rows = LinkClick.objects.for_account(acme).filter(judged_class="machine")
        assert rows.count() == 5


MOMENTS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["open", "click"]),
        st.sampled_from([PERSON, PROXY, MACHINE]),
        st.integers(0, 120),
    ),
    max_size=12,
)


@settings(
    max_examples=15,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(batches=st.lists(MOMENTS, min_size=1, max_size=3))
def test_totals_equal_the_rows_behind_them(acme: Account, batches: list) -> None:
    start = timezone.now() - timedelta(days=1)
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=3)
    for batch in batches:
        with use_account(acme):
            for who, kind, agent, second in batch:
                make_event(
                    campaign,
                    people[who],
                    kind,
                    number=1 if kind == "click" else 0,
                    agent=agent,
                    at=start + timedelta(seconds=second),
                )
        fold(acme.pk)
    with use_account(acme):
        mine = {"campaign_id": campaign.pk}
        rows = list(Engagement.objects.for_account(acme).filter(**mine))
        totals = CampaignTotals.objects.for_account(acme).filter(**mine).first()
        assert (totals.viewers if totals else 0) == sum(row.opens > 0 for row in rows)
        assert (totals.clickers if totals else 0) == sum(row.clicks > 0 for row in rows)
        first_times = sum(row.opened_first_at is not None for row in rows)
        first_times += sum(row.clicked_first_at is not None for row in rows)
        pressed = LinkClick.objects.for_account(acme).filter(**mine, judged_class="person")
        firsts = FirstTime.objects.for_account(acme).filter(**mine)
        assert sum(first.people for first in firsts.filter(number=0)) == first_times
        assert sum(first.people for first in firsts.exclude(number=0)) == pressed.count()
        events = sum(c.events for c in Counter.objects.for_account(acme).filter(**mine))
        assert events == sum(len(batch) for batch in batches)
