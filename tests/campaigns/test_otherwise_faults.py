"""Providers and direct delivery beside a database in trouble: nobody twice, nothing forgotten."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from campaigns.models import DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change
from campaigns.sending import due, leasing, running
from campaigns.sending.due import Due
from campaigns.sending.engine import slices
from campaigns.sending.engine.queues import Queue
from campaigns.sending.leasing import Lease
from campaigns.sending.relays import otherwise, outlets
from campaigns.sending.relays.handing import Outgoing
from campaigns.sending.relays.otherwise import Otherwise
from campaigns.sending.relays.outlets import Outlet
from campaigns.sending.working import MailWork
from mailwire.outcomes import Kind, Outcome
from mailwire.relay import Relay
from mailwire.relays import Hop
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.crash.far_side import until

pytestmark = pytest.mark.django_db
ACCEPTED = Outcome(kind=Kind.ACCEPTED, code=250, text="250 Yes")


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    outlets._kept.clear()
    running._engines.clear()


class FarEnd:
    """A transport of these tests: whom it holds waits just before the body."""

    def __init__(self, held: dict[str, threading.Event] | None = None) -> None:
        self.held = held or {}
        self.taken: Counter[str] = Counter()

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport."""
        name = outgoing.mail.to_address.partition("@")[0]
        if name in self.held:
            assert self.held[name].wait(60)
        assert on_body is not None
        on_body()
        self.taken[name] += 1
        return ACCEPTED

    def close(self) -> None:
        """Nothing to let go of."""


def launch(account: Account, people: int) -> tuple[Any, list[int]]:
    with use_account(account):
        campaign = make_running(account)
        contacts = make_people(account, people)
        make_planned(campaign, contacts)
    return campaign, sorted(contact.pk for contact in contacts)


def test_what_can_not_be_written_at_once_is_written_later_and_the_lease_is_kept_meanwhile(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """p1 is accepted, the database fails; p3 is accepted, it fails again; p2 has not left yet."""
    campaign, _ = launch(acme, 3)
    failed, written = threading.Event(), threading.Event()
    far_end = FarEnd({"p2": written, "p3": failed})
    settle, faults = MailWork.settle, iter((failed, failed))

    def settles(work: MailWork, results: Any) -> None:
        fault = next(faults, None)
        if fault is not None:
            fault.set()
            raise OperationalError("the database is away")
        settle(work, results)
        written.set()

    monkeypatch.setattr(MailWork, "settle", settles)
    monkeypatch.setattr(otherwise, "MARK_SECONDS", 0.0)
    outlet = Outlet(key="shared", backend="far end", connections=3)
    lease = leasing.lease_chunk(acme.pk)
    assert lease is not None
    other, taker = Otherwise(outlet, far_end), FarEnd()
    with suppress(OperationalError):
        other.send(lease, lambda: False)
    if (next_lease := leasing.lease_chunk(acme.pk)) is not None:  # another worker's
        Otherwise(outlet, taker).send(next_lease, lambda: False)
    written.set()
    other.pool.shutdown(wait=True)
    assert far_end.taken + taker.taken == {"p1": 1, "p2": 1, "p3": 1}
    assert counts(campaign) == {"sent": 3}
    with use_account(acme):
        replies = Recipient.objects.for_account(acme).values_list("reply", flat=True)
        assert set(replies) == {"250 Yes"}, "in the server's words, not from the journal"


def test_two_leases_of_an_outlet_share_its_connections() -> None:
    engine = running.Engine()
    outlet = outlets.shared_outlet()
    made: list[Outlet] = []
    second = threading.Thread(target=lambda: engine._other_of(outlet))

    class Counted(Otherwise):
        def __init__(self, outlet: Outlet) -> None:
            made.append(outlet)
            if len(made) == 1:
                second.start()
                second.join(1)  # it gets past here at once, or waits for us
            super().__init__(outlet)

    engine.make_other = Counted
    first = engine._other_of(outlet)
    second.join(20)
    assert made == [outlet]
    assert engine._other_of(outlet) is first
    engine.close()


def test_a_lease_of_due_rows_is_prolonged_while_their_mails_are_on_the_way(acme: Account) -> None:
    campaign, ids = launch(acme, 3)
    with use_account(acme):
        for contact_id in ids:
            DueRecipient.objects.create(
                account_id=acme.pk,
                campaign_id=campaign.pk,
                contact_id=contact_id,
                due_at=timezone.now(),
                why="retry",
            )
    lease = due.lease_due(Due("mail", acme.pk, campaign.pk))
    assert lease is not None
    change = Change(contact_id=ids[0], became=Became.RETRY, due_at=timezone.now())
    moving.mark(lease.fence, [change])
    before = until_of(acme, ids)
    lease.renewed_at -= leasing.RENEW_SECONDS
    ends_at = lease.until = time.monotonic() + 5
    assert due.renew(lease)
    assert lease.until > ends_at
    after = until_of(acme, ids)
    assert after[ids[1]] > before[ids[1]]
    assert after[ids[0]] is None, "its attempt is over"
    with use_account(acme):
        rows = DueRecipient.objects.for_account(acme).filter(contact_id=ids[1])
        rows.update(generation=lease.generation + 1)
    lease.renewed_at -= leasing.RENEW_SECONDS
    assert not due.renew(lease), "another worker has one of them"


def until_of(account: Account, ids: list[int]) -> dict[int, Any]:
    with use_account(account):
        rows = DueRecipient.objects.for_account(account).filter(contact_id__in=ids)
        return dict(rows.values_list("contact_id", "lease_until"))


def test_a_thread_that_sends_otherwise_looks_at_no_queue_of_the_loop(acme: Account) -> None:
    launch(acme, 1)
    lookers: set[threading.Thread] = set()

    class Watched(Queue):
        @property
        def is_slow(self) -> bool:
            lookers.add(threading.current_thread())
            return False

    def send(lease: Lease, outlet: Outlet, is_over: Callable[[], bool]) -> float | None:
        while not is_over():
            time.sleep(0.01)
        leasing.release(lease, done=True)
        return None

    hall = slices.Hall(send)

    async def open_queue() -> None:
        hop = Hop(relay=Relay(host="127.0.0.1", port=1))
        hall.queues["another"] = Watched(Outlet(key="another", hops=(hop,)))

    hall.loop.run_until_complete(open_queue())
    hall.run(leasing.Rota().lease, 0.3)
    hall.close()
    assert lookers <= {threading.current_thread()}


def test_lines_are_ticked_on_after_a_fault_that_nobody_thought_of(acme: Account) -> None:
    """Else no line that hangs is ever given up, and the slice waits for it."""
    launch(acme, 1)
    looks: list[float] = []

    class Faulty(Queue):
        def waiting(self) -> int:
            looks.append(time.monotonic())
            if len(looks) == 1:
                raise LookupError("nobody thought of it")
            return 0

    def send(lease: Lease, outlet: Outlet, is_over: Callable[[], bool]) -> float | None:
        until(lambda: len(looks) > 2 or is_over(), what="ticks")
        leasing.release(lease, done=True)
        return None

    hall = slices.Hall(send)

    async def open_queue() -> None:
        hop = Hop(relay=Relay(host="127.0.0.1", port=1))
        hall.queues["another"] = Faulty(Outlet(key="another", hops=(hop,)))

    hall.loop.run_until_complete(open_queue())
    hall.run(leasing.Rota().lease, 5.0)
    hall.close()
    assert len(looks) > 1
