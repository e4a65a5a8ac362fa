"""The engine between accounts: nobody waits for another's size or slow relay."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from campaigns.models import Campaign, OwnRelay, Recipient
from campaigns.sending import running
from campaigns.sending.relays import outlets, sealing
from consent.ledger.recording import lock
from consent.ledger.suppressing import suppress
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_planned, make_running
from tests.crash.crowds import asking
from tests.crash.far_side import until
from tests.crash.sending_product import make_crowd
from tests.mailwire.scripted import Script, ScriptedSink, scripted
from tests.making import make_account

SLOW = 3.0  # seconds before each reply


@pytest.fixture
def sink(settings: Any, tmp_path: Path) -> Iterator[ScriptedSink]:
    """The operator's relay."""
    settings.STATE_DIR = tmp_path
    settings.CREDENTIALS_KEY = "key-of-these-tests"
    with scripted(Script(keeps_octets=False)) as found:
        settings.EMAIL_URL = found.url
        running._engines.clear()
        yield found
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


@pytest.fixture
def boats(acme: Account) -> Account:
    """Another account at home in the same country."""
    return make_account("Beta Boats", country=acme.country)


def launch(account: Account, count: int) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        campaign = make_running(account)
        people = make_crowd(account, count, domain=f"{account.pk}.example")
        make_planned(campaign, people, size=250)
    return campaign, people


def give_own_relay(account: Account, sink: ScriptedSink, *, connections: int) -> None:
    outlets.forget(account.pk)
    with use_account(account):
        OwnRelay.objects.create(
            account=account,
            kind="smtp",
            shown="127.0.0.1",
            secret=sealing.seal(account.pk, sink.url),
            connections=connections,
        )


@pytest.mark.django_db
def test_a_small_account_does_not_wait_for_a_big_one(
    acme: Account, boats: Account, sink: ScriptedSink
) -> None:
    """However many the big one has: what counts is how many of them leave before the small one."""
    big, _ = launch(acme, 1500)
    small, _ = launch(boats, 100)
    while "queued" in counts(small):
        running.send_chunks(seconds=1.0)
    order = [mail.address.endswith(f"@{boats.pk}.example") for mail in sink.taken]
    assert order.count(True) == 100
    before_the_last = order[: len(order) - order[::-1].index(True)]
    assert before_the_last.count(False) < 1000, "while the big one was not half done"
    assert counts(big)["sent"] >= before_the_last.count(False)


@pytest.mark.django_db
def test_a_relay_with_slow_replies_holds_nobody_else_up(
    acme: Account, boats: Account, sink: ScriptedSink
) -> None:
    with scripted(Script(delay=SLOW, keeps_octets=False)) as slow:
        give_own_relay(acme, slow, connections=2)
        held_up, _ = launch(acme, 100)
        others, _ = launch(boats, 100)
        while "queued" in counts(others):
            running.send_chunks(seconds=1.0)
        last = max(mail.at for mail in sink.taken)
        assert all(mail.at > last for mail in slow.taken), "all of them before the first slow reply"
        assert counts(held_up).get("sent", 0) == len(slow.taken)
        for engine in running._engines.values():
            engine.close()
        running._engines.clear()


@pytest.mark.django_db(transaction=True)
def test_a_ledger_that_an_import_holds_holds_nobody_else_up(
    acme: Account, boats: Account, sink: ScriptedSink
) -> None:
    """All of the account's requests wait to be written; another account is launched then."""
    held, over, done = threading.Event(), threading.Event(), threading.Event()

    def hold() -> None:
        with use_account(acme):
            lock(acme.pk)
            held.set()
            over.wait(600)

    def look() -> None:
        try:
            until(lambda: len(sink.taken) > 200, what="requests left")
            time.sleep(1.5)  # and wait to be written
            other, _ = launch(boats, 60)
            until(lambda: counts(other) == {"sent": 60}, what="the other one is done", seconds=240)
            done.set()
        finally:
            over.set()

    asking(acme, 4000)
    threads = [threading.Thread(target=in_own_connection, args=(each,)) for each in (hold, look)]
    threads[0].start()
    assert held.wait(60)
    threads[1].start()
    running.send_chunks(seconds=300.0)
    for thread in threads:
        thread.join()
    assert done.is_set()


@pytest.mark.django_db(transaction=True)
def test_who_leaves_while_a_slow_relay_holds_their_row_gets_nothing(
    acme: Account, sink: ScriptedSink
) -> None:
    """Their envelope is announced already: the line is dropped before the body.

    The relay hears their address, they leave, and then it takes longer than a verdict counts.
    """
    campaign, people = launch(acme, 2)
    leaver, told = people[0], threading.Event()

    def leave() -> None:
        with use_account(acme):
            suppress(acme.pk, [bytes(leaver.address_hash)], "member")
        told.set()

    def at_rcpt(address: str, asked: int) -> str:
        if address == leaver.address and not told.is_set():
            threading.Thread(target=in_own_connection, args=(leave,)).start()
            told.wait(60)
        return "250 2.1.5 fine"

    sink.script.delay = SLOW  # longer than a verdict counts
    sink.script.at_rcpt = at_rcpt
    while "queued" in counts(campaign):
        running.send_chunks(seconds=1.0)
    assert told.is_set()
    assert sink.copies() == {person.address: 1 for person in people if person != leaver}
    with use_account(acme):
        row = Recipient.objects.for_account(acme).get(contact_id=leaver.pk)
    assert row.closed_reason == "suppressed_member"
    assert counts(campaign) == {"sent": 1, "never": 1}


def in_own_connection(work: Any) -> None:
    """A thread's connection goes with it."""
    try:
        work()
    finally:
        connection.close()
