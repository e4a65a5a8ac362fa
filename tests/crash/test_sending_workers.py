"""Real worker processes against a real mail server and committed rows."""

import random
import time
from pathlib import Path
from typing import Any

import pytest

from campaigns.launching import stopping
from campaigns.models import Campaign, CampaignEvent, Recipient
from consent.ledger.suppressing import suppress
from marketing.models import Account, Contact, Member, Suppression
from marketing.tenancy import use_account
from tests.campaigns.lateness import lateness
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.crash.sink import Sink
from tests.crash.workers import until, workers

pytestmark = [
    pytest.mark.crash,
    pytest.mark.django_db(transaction=True),
]


def launch(
    account: Account, count: int, *, size: int = 100, start: int = 1
) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        campaign = make_running(account)
        people = make_people(account, count, start=start)
        make_planned(campaign, people, size=size)
    return campaign, people


def queued(campaign: Campaign) -> int:
    return counts(campaign).get("queued", 0)


def test_pausing_and_resuming_ten_times_changes_nothing_for_anybody(
    acme: Account, emil: Member, tmp_path: Path
) -> None:
    campaign, people = launch(acme, 500, size=50)
    with Sink(delay=0.02) as sink, workers(2, state=tmp_path, email_url=sink.url):
        for moment in range(10):
            # The first before anything left, the second just after it went on.
            time.sleep(0.0 if moment == 0 else 0.05 if moment == 1 else random.uniform(0.1, 0.7))
            assert stopping.pause(campaign, by=emil) or moment
            time.sleep(random.uniform(0.0, 0.2))
            assert stopping.resume(campaign, by=emil) or moment
            counts(campaign)  # the sums hold
        until(lambda: queued(campaign) == 0, seconds=240, what="nobody queued")
    assert counts(campaign) == {"sent": 500}
    assert sink.copies() == {person.address: 1 for person in people}


def test_a_server_that_is_away_keeps_everybody_queued_and_is_told_about_once(
    acme: Account, tmp_path: Path
) -> None:
    campaign, _ = launch(acme, 50)
    sink = Sink()

    def told() -> list[str]:
        with use_account(acme):
            events = CampaignEvent.objects.for_account(acme).order_by("id")
            return [event.what for event in events]

    with workers(2, state=tmp_path, email_url=sink.url):
        until(lambda: "server_away" in told(), seconds=240, what="the page says so")
        assert counts(campaign) == {"queued": 50}
        with sink:
            until(lambda: queued(campaign) == 0, seconds=240, what="sending resumed")
    assert counts(campaign) == {"sent": 50}
    assert max(sink.copies().values()) == 1
    assert told() == ["server_away", "server_back"]


def test_pausing_stopping_and_blocking_act_within_two_seconds(
    acme: Account, tmp_path: Path
) -> None:
    paused, _ = launch(acme, 300, start=1)
    stopped, _ = launch(acme, 300, start=301)
    blocked, people = launch(acme, 300, start=601)
    # slow enough to be in the middle of it, however long this machine takes to press the buttons
    with Sink(delay=0.3) as sink, workers(2, state=tmp_path, email_url=sink.url):
        until(lambda: len(sink.accepted) > 60, seconds=240, what="60 mails")
        with use_account(acme):
            campaigns = Campaign.objects.for_account(acme)
            campaigns.filter(pk=paused.pk).update(state="paused")
            campaigns.filter(pk=stopped.pk).update(state="stopped")
            suppress(acme.pk, [bytes(person.address_hash) for person in people], "member")
        assert_quiet_after_two_seconds(sink)
        until(lambda: queued(blocked) == 0, seconds=240, what="nobody of the blocked is queued")
        until(
            lambda: sum(sent(each) for each in (paused, stopped, blocked)) == len(sink.accepted),
            seconds=240,
            what="all outcomes written",
        )
    assert sent(paused) < 300
    assert sent(stopped) < 300
    found = counts(blocked)
    assert found["never"] == 300 - found.get("sent", 0)


def test_replies_are_sorted_into_again_refused_and_never(acme: Account, tmp_path: Path) -> None:
    campaign, people = launch(acme, 4)
    sink = Sink()
    sink.answers = {
        people[0].address: "451 4.7.1 greylisted",
        people[1].address: "550 5.1.1 no such user",
        people[2].address: "550 5.7.1 blocked by policy",
    }
    with sink, workers(1, state=tmp_path, email_url=sink.url):
        until(lambda: counts(campaign).get("sent", 0) == 1, seconds=240, what="one sent")
        until(lambda: counts(campaign).get("failed", 0) == 2, seconds=240, what="two refused")
    with use_account(acme):
        rows: list[Any] = list(Recipient.objects.for_account(acme).order_by("contact_id"))
        assert [row.trouble for row in rows] == ["retry", "failed", "failed", None]
        assert rows[1].reply == "550 5.1.1 no such user"
        blocked = Suppression.objects.for_account(acme).values_list("address_hash", flat=True)
        assert [bytes(found) for found in blocked] == [bytes(people[1].address_hash)]
    assert counts(campaign) == {"queued": 1, "failed": 2, "sent": 1}


def assert_quiet_after_two_seconds(sink: Sink) -> None:
    """Whoever is handed over within two seconds may still be on the wire for half a second."""
    with lateness() as late:
        time.sleep(2.5)
    time.sleep(2 * late.total)  # the machine was late by itself: as late were the workers
    seen = len(sink.accepted)
    time.sleep(1.0)
    assert len(sink.accepted) == seen


def sent(campaign: Campaign) -> int:
    return counts(campaign).get("sent", 0)
