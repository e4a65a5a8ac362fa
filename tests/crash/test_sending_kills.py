"""5,000 people, 20 accidents at random moments: each gets one mail, or is listed as unknown.

CRASH_SEED=n repeats a run's accidents (the seed stands in the output of a failure).
"""

import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from campaigns.models import Campaign, Recipient
from marketing.tenancy import use_account
from tests.campaigns.lateness import lateness
from tests.campaigns.sending_making import counts, make_planned, make_running
from tests.crash.far_side import FarSide, until
from tests.crash.sending_product import CONNECTIONS, SendingProduct, leases, make_crowd
from tests.mailwire.scripted import Script, ScriptedSink, scripted
from tests.making import make_account

pytestmark = pytest.mark.crash

PEOPLE = 5_000
ACCIDENTS = ["child"] * 10 + ["worker"] * 3 + ["redis"] * 3 + ["postgres"] * 3 + ["stopped"]
GONE_WITHIN = 10.0  # seconds from SIGTERM to the end of the last worker
SLOWLY = 0.05  # seconds before each reply, so that there is something to kill
FEW = 1_500  # so many people are left: slower still, however long this machine takes to start


@pytest.fixture(scope="module")
def side(tmp_path_factory: Any, django_db_blocker: Any) -> Iterator[FarSide]:
    running = FarSide(tmp_path_factory.mktemp("far"))
    try:
        running.migrate()
        with django_db_blocker.unblock(), running.in_use():
            yield running
    finally:
        running.end()


@pytest.fixture
def running(side: FarSide, tmp_path: Path) -> Iterator[tuple[SendingProduct, ScriptedSink]]:
    side.mend()
    connection.close()
    with scripted(Script(delay=SLOWLY, keeps_octets=False)) as sink:
        product = SendingProduct(side, tmp_path, sink.url)
        try:
            product.start_missing()
            yield product, sink
        finally:
            product.end()


def launch(name: str, people: int, *, size: int = 250) -> Campaign:
    account = make_account(name, country="US")
    with use_account(account):
        campaign = make_running(account)
        make_planned(campaign, make_crowd(account, people), size=size)
    return campaign


def look(campaign: Campaign, seconds: float) -> None:
    """Planned is the sum of all states, in the counters and in the rows, at every poll."""
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at:
        counts(campaign)
        time.sleep(0.1)


def finish(campaign: Campaign, product: SendingProduct, sink: ScriptedSink) -> None:
    """Quiet until nobody is queued; what died late is started again."""
    sink.script.delay = 0.0

    def is_over() -> bool:
        product.start_missing()
        time.sleep(0.2)
        return "queued" not in counts(campaign)

    until(is_over, what=lambda: f"nobody queued: {counts(campaign)}", seconds=400)


def rows_of(campaign: Campaign) -> list[Recipient]:
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id)
        return list(rows.filter(campaign_id=campaign.pk))


def wait_until_it_sends(campaign: Campaign, product: SendingProduct, sink: ScriptedSink) -> int:
    """An accident finds open connections; how many mails had arrived."""
    before = len(sink.taken)

    def goes_on() -> bool:
        product.start_missing()
        counts(campaign)
        return len(sink.taken) > before + 10

    until(goes_on, what="it goes on", seconds=240)
    return len(sink.taken)


def check(campaign: Campaign, sink: ScriptedSink, *, unknown_at_most: int) -> None:
    """Once each, and nobody but the open ones unknown."""
    rows, copies = rows_of(campaign), sink.copies()
    unknown = {row.address for row in rows if row.trouble == "unknown"}
    sent = {row.address for row in rows if row.sent_at is not None}
    assert max(copies.values()) == 1, "nobody twice"
    assert sent | unknown == {row.address for row in rows}, "nobody missed"
    assert sent <= set(copies) <= sent | unknown, "what is called sent arrived"
    assert len(unknown) <= unknown_at_most


def test_twenty_accidents_lose_and_double_nobody(
    running: tuple[SendingProduct, ScriptedSink],
) -> None:
    product, sink = running
    seed = int(os.environ.get("CRASH_SEED") or random.SystemRandom().randrange(10**6))
    chance = random.Random(seed)
    print(f"CRASH_SEED={seed}")  # noqa: T201 - shown when the test fails
    campaign = launch("Acme Bikes", PEOPLE)
    accidents = list(ACCIDENTS)
    chance.shuffle(accidents)
    died = 0
    for name in accidents:
        taken = wait_until_it_sends(campaign, product, sink)
        if counts(campaign).get("queued", 0) < FEW:
            sink.script.delay = SLOWLY * 10
        look(campaign, chance.uniform(0.0, 0.6))
        died += product.accidents()[name](chance)
        print(f"{name} after {taken}")  # noqa: T201 - likewise
        product.start_missing()
    left = counts(campaign).get("queued", 0)
    print(f"{left} left after the last accident")  # noqa: T201 - likewise
    finish(campaign, product, sink)
    check(campaign, sink, unknown_at_most=died * CONNECTIONS)


def test_eight_processes_on_two_thousand_people_send_nobody_two(
    side: FarSide, tmp_path: Path
) -> None:
    side.mend()
    connection.close()
    campaign = launch("Rivers", 2000, size=50)
    with scripted(Script(keeps_octets=False)) as sink:
        product = SendingProduct(side, tmp_path, sink.url, processes=8)
        try:
            finish(campaign, product, sink)
        finally:
            product.end()
        check(campaign, sink, unknown_at_most=0)


def test_a_worker_asked_to_end_goes_soon_and_leaves_nothing_unknown(
    running: tuple[SendingProduct, ScriptedSink],
) -> None:
    product, sink = running
    campaign = launch("Velo Shop", 1000)
    until(lambda: len(sink.taken) > 100, what="100 mails", seconds=240)
    with lateness() as late:
        took = product.ask_to_end()
    print(f"gone after {took:.1f} s, {late}")  # noqa: T201 - shown when the test fails
    assert took - late.total < GONE_WITHIN
    found = counts(campaign)
    assert set(found) == {"sent", "queued"}
    assert found["sent"] == len(sink.taken), "everything is written down"
    assert leases(campaign) == 0
    product.start_missing()
    finish(campaign, product, sink)
    check(campaign, sink, unknown_at_most=0)
