"""Accidents at random moments while the product prepares, asks, sends and releases.

CRASH_SEED=n repeats a run's accidents (the seed stands in the output of a failure).
"""

import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from campaigns.launching.launch import launch
from campaigns.models import Campaign, Recipient
from campaigns.sending.addressing import message_id, request_message_id
from consent.ledger.verifying import check_every_account
from consent.models import ConsentRecord, ConsentRequest
from marketing.models import Account, Contact, Member
from marketing.signing import answer_url
from marketing.tenancy import use_account
from tests.campaigns.launching_making import give_standing, make_draft
from tests.campaigns.sending_making import counts
from tests.crash.product import Product, product
from tests.crash.sink import Sink
from tests.crash.workers import until
from tests.making import make_account, make_contact, make_member

pytestmark = [
    pytest.mark.crash,
    pytest.mark.django_db(transaction=True),
]

ASKED, AGREED_BEFORE, NEWS = 200, 60, 600
YES, NO = 120, 30
PER_PHASE = 1  # test_sending_kills strikes at the engine itself
CONNECTIONS = 10


class Story:
    """Two campaigns of two accounts, looked at again and again."""

    running: Product

    def __init__(self, acme: Account, emil: Member, chance: random.Random) -> None:
        self.chance = chance
        self.acme = acme
        self.other = make_account("Beta Boats")
        writer = make_member(self.other, "editor@beta.example", "editor")
        self.people = make_crowd(acme, ASKED + AGREED_BEFORE)
        for person in self.people[ASKED:]:
            give_standing(person, newsletter="agreed")
        self.readers = make_crowd(self.other, NEWS)
        self.asking = make_draft(acme, emil, require_consent=True)
        self.news = make_draft(self.other, writer, name="Boats in May")
        self.by = {self.asking.pk: emil, self.news.pk: writer}

    def look(self) -> None:
        """Planned is the sum of all states, in the counters and in the rows, at every poll."""
        for campaign in (self.asking, self.news):
            counts(campaign)

    def wait(self, condition: Callable[[], bool], *, seconds: float, what: str) -> None:
        """Poll until something is so; what dies late is started again.

        (A worker one of whose processes is killed while it starts ends by itself, a moment later.)
        """

        def looked() -> bool:
            self.look()
            self.running.start_missing()
            time.sleep(0.1)  # the cores are for the workers
            return condition()

        until(looked, seconds=seconds, what=what)

    def for_a_moment(self) -> None:
        """Look on for a random while."""
        ends_at = time.monotonic() + self.chance.uniform(0.1, 0.8)
        while time.monotonic() < ends_at:
            self.look()
            time.sleep(0.1)

    def disturb(self) -> None:
        """Some accidents, each followed by the start of whatever it ended."""
        for _ in range(PER_PHASE):
            self.for_a_moment()
            self.running.disturb(self.chance)
            self.for_a_moment()
            self.running.start_missing()

    def launch(self) -> None:
        for campaign in (self.asking, self.news):
            launch(campaign, by=self.by[campaign.pk])

    def state_of(self, campaign: Campaign) -> str:
        with use_account(campaign.account_id):
            campaign.refresh_from_db()
        return campaign.state

    def requests(self, **filters: Any) -> list[ConsentRequest]:
        with use_account(self.acme):
            rows = ConsentRequest.objects.for_account(self.acme)
            return list(rows.filter(**filters).order_by("contact_id"))

    def answer(self, people: list[Contact], answer: str) -> None:
        """Each presses the button of their page as soon as they were asked."""
        left = {person.pk for person in people}

        def pressed() -> bool:
            for request in self.requests(contact_id__in=left, state="asked"):
                path = answer_url(self.acme.pk, request.pk).removeprefix(settings.SITE_URL)
                assert Client().post(path, {"answer": answer}).status_code < 400
                left.discard(request.contact_id)
            return not left

        self.wait(pressed, seconds=300, what=f"{len(people)} answers {answer}")


def make_crowd(account: Account, count: int) -> list[Contact]:
    with use_account(account):
        return [
            make_contact(account, f"p{n}@{account.pk}.example.test", country="US")
            for n in range(count)
        ]


@contextmanager
def held_at_the_end_of_a_batch() -> Iterator[None]:
    """Whoever prepares waits with its rows written and not committed."""
    other = connection.copy()
    other.set_autocommit(False)
    try:
        with other.cursor() as cursor:
            cursor.execute("LOCK TABLE chunk IN SHARE MODE")
        yield
    finally:
        other.rollback()
        other.close()


def is_somebody_waiting() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted
            AND relation = 'chunk'::regclass AND mode = 'RowExclusiveLock')"""
        )
        return bool(cursor.fetchone()[0])


def test_random_accidents_miss_nobody_and_send_nobody_two(
    acme: Account, emil: Member, tmp_path: Path
) -> None:
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    print(f"CRASH_SEED={seed}")  # noqa: T201 - shown when the test fails
    story = Story(acme, emil, random.Random(seed))
    with (
        Sink(delay=0.06) as sink,
        product(settings.REDIS_URL, tmp_path, sink.url) as running,
    ):
        story.running = running
        go_through(story)
        print(f"Killed: {', '.join(running.killed)}")  # noqa: T201 - likewise
    assert_everybody_was_served_once(story, sink)
    assert_requests_were_made_once(story, sink)
    unknown = [*rows_of(story.asking, trouble="unknown"), *rows_of(story.news, trouble="unknown")]
    unsure = [request for request in story.requests() if request.outcome_unknown]
    assert len(unknown) + len(unsure) <= 2 * CONNECTIONS * len(running.killed)


def go_through(story: Story) -> None:
    """Launch, and accidents in each phase; then quiet until all is done."""
    story.launch()
    with held_at_the_end_of_a_batch():
        until(is_somebody_waiting, seconds=300, what="somebody prepares")
        story.disturb()
    story.wait(
        lambda: bool(story.requests(asked_at__isnull=False)), seconds=300, what="somebody is asked"
    )
    story.disturb()  # while it asks
    story.answer(story.people[:NO], "no")
    story.answer(story.people[NO : NO + YES // 2], "yes")
    story.disturb()  # while it releases and sends
    story.answer(story.people[NO + YES // 2 : NO + YES], "yes")
    story.disturb()
    for campaign, state in ((story.news, "finished"), (story.asking, "waiting")):

        def is_over(campaign: Campaign = campaign, state: str = state) -> bool:
            return story.state_of(campaign) == state and "queued" not in counts(campaign)

        story.wait(is_over, seconds=400, what=f"{campaign.name} is {state}")


def rows_of(campaign: Campaign, **filters: Any) -> list[Recipient]:
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id)
        return list(rows.filter(campaign_id=campaign.pk, **filters))


def assert_everybody_was_served_once(story: Story, sink: Sink) -> None:
    answered = NO + YES
    expected = {
        story.asking: [*story.people[NO:answered], *story.people[ASKED:]],
        story.news: story.readers,
    }
    for campaign, people in expected.items():
        sent = {row.contact_id for row in rows_of(campaign, sent_at__isnull=False)}
        unknown = {row.contact_id for row in rows_of(campaign, trouble="unknown")}
        key = (campaign.account_id, campaign.pk)
        names = {message_id(*key, person.pk): person.pk for person in people}
        arrived = [names[name] for _, name in sink.accepted if name in names]
        assert len(arrived) == len(set(arrived)), "nobody twice"
        assert sent | unknown == {person.pk for person in people}, "nobody missed, nobody else"
        assert sent <= set(arrived) <= sent | unknown
    silent = {person.pk for person in story.people[answered:ASKED]}
    waiting = counts(story.asking)
    assert waiting["pending"] == len(silent)
    assert waiting["never"] == NO


def assert_requests_were_made_once(story: Story, sink: Sink) -> None:
    requests = story.requests()
    assert {request.contact_id for request in requests} == {p.pk for p in story.people[:ASKED]}
    names = {request_message_id(story.acme.pk, request.pk): request for request in requests}
    arrived = [name for _, name in sink.accepted if name in names]
    assert len(arrived) == len(set(arrived)), "nobody is asked twice"
    assert all(request.outcome_unknown for name, request in names.items() if name not in arrived)
    others = {
        message_id(campaign.account_id, campaign.pk, row.contact_id)
        for campaign in (story.asking, story.news)
        for row in rows_of(campaign)
    }
    assert {name for _, name in sink.accepted} <= set(names) | others, "and nothing else"
    with use_account(story.acme):
        records = ConsentRecord.objects.for_account(story.acme).values_list("event", flat=True)
        assert sorted(event for event in records if event == "asked") == ["asked"] * ASKED
    assert all(found.bad_seq is None for _, found in check_every_account())
