"""Nobody waits for another account's size, requests or slow relay: the real workers, real queues.

What is compared is order where it can be; the seconds of the promise are measured beside it.
"""

import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from celery import Celery
from django.conf import settings
from django.utils import timezone

from bin.processes import WORKER
from campaigns.models import Campaign, Chunk, OwnRelay, Recipient
from campaigns.recipients import moving
from campaigns.sending.relays import sealing
from marketing.models import Account, Contact, Standing
from marketing.tasks import SEND_SYSTEM_MAIL
from marketing.tenancy import use_account
from tests.browser.stack import claimed
from tests.campaigns.lateness import lateness
from tests.campaigns.sending_making import counts, make_planned, make_running
from tests.crash.crowds import asking, bulk, domain_of
from tests.crash.far_side import until
from tests.crash.product import COMMANDS, Product
from tests.crash.sending_product import make_crowd
from tests.crash.workers import environment
from tests.mailwire.scripted import Script, ScriptedSink, scripted
from tests.making import make_account

pytestmark = [pytest.mark.crash, pytest.mark.django_db(transaction=True)]

BULK, REQUESTS, SMALL = 200_000, 100_000, 100
SLOW = 3.0  # seconds before each reply
AT_ONCE, SOON = 3.0, 10.0  # seconds: a released person, a small account


class Workers(Product):
    """The workers as the product has them, and its clock."""

    commands = {
        "send": COMMANDS["send"],
        "now": (*WORKER, "-n", "now@%h", "-Q", "now", "-c", "3"),
        "beat": COMMANDS["beat"],
    }


class House:
    """The accounts, the far end, the workers."""

    def __init__(self, sink: ScriptedSink, broker: str) -> None:
        self.sink = sink
        self._broker = broker
        self._waiting: list[tuple[Campaign, Contact]] = []

    def make_waiting(self, people: int) -> None:
        """Somebody whose yes is still to come, in an account that sends nothing else."""
        account = make_account("Rivers", country="US")
        with use_account(account):
            campaign = make_running(account, require_consent=True, state="waiting")
            crowd = make_crowd(account, people, domain=domain_of(account))
            make_planned(campaign, crowd, verdict=2)
            Chunk.objects.for_account(account).update(done_at=timezone.now())
        self._waiting += [(campaign, person) for person in crowd]

    def release(self) -> str:
        """The next of them says yes; their address."""
        campaign, person = self._waiting.pop()
        key = {"account_id": campaign.account_id, "address_hash": person.address_hash}
        with use_account(campaign.account_id):
            Standing.objects.create(**key, newsletter="agreed")
        moving.release(campaign.account_id, [(campaign.pk, person.pk)])
        return str(person.address)

    def log_in(self) -> str:
        """Somebody asks for a login mail; their address."""
        address = f"olga{random.randrange(10**9)}@velo.example"
        mail = {"to": address, "subject": "Log in", "text": "Here."}
        with Celery(broker=self._broker) as app:
            app.send_task(SEND_SYSTEM_MAIL, kwargs=mail, queue="now")
        return address

    def seconds_until_it_arrives(self, act: Callable[[], str]) -> float:
        """From the act to the far end, less what the machine was late by itself."""
        with lateness() as late:
            address, began = act(), time.monotonic()
            until(lambda: address in self.sink.copies(), what=f"a mail to {address}")
        took = next(m.at for m in list(self.sink.taken) if m.address == address) - began
        print(f"{act.__name__}: {took:.1f} s, {late}")  # noqa: T201 - shown when a test fails
        return took - late.total

    def seconds_of_a_small_one(self) -> float:
        """From its first row to its last outcome, likewise."""
        account = make_account("Velo Shop", country="US")
        began = time.monotonic()
        with lateness() as late:
            small = bulk(account, SMALL)
            until(lambda: counts(small) == {"sent": SMALL}, what="the small one is done")
        took = time.monotonic() - began
        print(f"the small one: {took:.1f} s, {late}")  # noqa: T201 - likewise
        return took - late.total

    def arrived(self, account: Account) -> int:
        """Mails to its people."""
        domain = f"@{domain_of(account)}"
        return sum(mail.address.endswith(domain) for mail in list(self.sink.taken))


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with claimed(settings.REDIS_URL) as broker, scripted(Script(keeps_octets=False)) as sink:
        where = environment(tmp_path, sink.url) | {"REDIS_URL": broker}
        workers = Workers(where, tmp_path / "logs")
        try:
            workers.start_missing()
            yield House(sink, broker)
        finally:
            workers.end()


def sent(campaign: Campaign) -> int:
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id)
        return rows.filter(campaign_id=campaign.pk, sent_at__isnull=False).count()


def test_nobody_waits_for_two_hundred_thousand_mails_or_a_hundred_thousand_requests(
    house: House,
) -> None:
    house.make_waiting(2)
    acme, asks = make_account("Acme Bikes", country="US"), make_account("Asks", country="US")
    big = bulk(acme, BULK)
    until(lambda: house.arrived(acme) > 1000, what="bulk runs")

    assert house.seconds_of_a_small_one() < SOON
    assert house.arrived(acme) < BULK / 2, "while the big one was not half done"
    assert house.seconds_until_it_arrives(house.release) < AT_ONCE

    requests = asking(asks, REQUESTS)
    until(lambda: house.arrived(asks) > 200, what="requests run too")
    assert house.seconds_until_it_arrives(house.release) < AT_ONCE
    assert house.seconds_until_it_arrives(house.log_in) < AT_ONCE
    assert counts(requests) == {"pending": REQUESTS}
    assert sent(big) < BULK, "while both still ran"
    assert house.arrived(asks) < REQUESTS


def test_a_relay_that_answers_after_three_seconds_holds_nobody_else_up(house: House) -> None:
    """It has people of a campaign and released ones: a slow line in each of the two queues."""
    house.make_waiting(1)
    acme = make_account("Acme Bikes", country="US")
    with scripted(Script(delay=SLOW, keeps_octets=False)) as slow:
        with use_account(acme):
            OwnRelay.objects.create(
                account=acme,
                kind="smtp",
                shown="127.0.0.1",
                secret=sealing.seal(acme.pk, slow.url),
                connections=2,
            )
            campaign = make_running(acme)
            crowd = make_crowd(acme, 200, domain="slow.example")
            make_planned(campaign, crowd[:100], size=50)
            make_planned(campaign, crowd[100:], verdict=2, size=100)
            Standing.objects.bulk_create(
                Standing(account=acme, address_hash=person.address_hash, newsletter="agreed")
                for person in crowd
            )
        moving.release(acme.pk, [(campaign.pk, person.pk) for person in crowd[100:]])
        until(lambda: slow.open > 2, what="both queues talk to it")
        assert house.seconds_until_it_arrives(house.release) < AT_ONCE
        assert house.seconds_until_it_arrives(house.log_in) < AT_ONCE
        assert house.seconds_of_a_small_one() < SOON
        assert len(slow.taken) < 100, "while it is far from done"
