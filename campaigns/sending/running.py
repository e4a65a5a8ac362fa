"""The slice: lease, load, hand over, journal, mark, renew, for a few seconds; stops on a flag.

A few threads talk to the mail server, this one talks to the database. Nobody is handed over on an
old verdict, after the lease, or beyond the connections that are free.
"""

import os
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from django.conf import settings

from campaigns.composing.merging import MergeFailed
from campaigns.recipients.moving import LeaseLost
from campaigns.sending import due, leasing, loading, stopping, sweeping, telling
from campaigns.sending.asking import RequestWork
from campaigns.sending.compiling import compiled
from campaigns.sending.deciding import Result
from campaigns.sending.engine.slices import Hall, Key, Take
from campaigns.sending.leasing import Lease, Rota
from campaigns.sending.loading import Handed
from campaigns.sending.recovering import Book, journalled
from campaigns.sending.relays.outlets import Outlet
from campaigns.sending.transports import (
    Outgoing,
    SmtpTransport,
    Transport,
    VerdictTooOld,
    transport_from_settings,
)
from campaigns.sending.working import MailWork, Work
from mailwire.headers import HeaderRefused
from mailwire.journal import Mark
from mailwire.outcomes import Kind, Outcome, Stage

SLICE_SECONDS = 5.0
MARK_EVERY = 50
MARK_SECONDS = 1.0
DRAIN_SECONDS = 8.0
AWAY_SECONDS = 2.0
REFUSALS_IN_A_ROW = 5


class LeaseOver(OSError):
    """The lease ended before the body was written; the connection is dropped."""


class Engine:
    """What one process keeps between slices: connections, threads, whose turn it is."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.connections = int(getattr(settings, "SENDING_CONNECTIONS", 4))
        self.pool = ThreadPoolExecutor(self.connections, thread_name_prefix="deliver")
        self.rota = Rota()
        self.away_until = float("-inf")
        self._hall: Hall | None = None

    @property
    def hall(self) -> Hall | None:
        """The pipelined engine, where mail goes by SMTP."""
        if self._hall is None and isinstance(self.transport, SmtpTransport):
            self._hall = Hall(self._send_otherwise)
        return self._hall

    def _send_otherwise(self, lease: Lease, outlet: Outlet, is_over: Callable[[], bool]) -> None:
        """By a provider's API: in a thread of the engine."""
        work_on(self, lease, is_over)

    @property
    def is_resting(self) -> bool:
        """The server did not answer a moment ago."""
        return time.monotonic() < self.away_until

    def close(self) -> None:
        """Let go of threads and connections."""
        if self._hall is not None:
            self._hall.close()
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.transport.close()


_engines: dict[tuple[int, str, str], Engine] = {}


def engine() -> Engine:
    """This process's engine; made after the fork, and anew when the settings change."""
    key = (os.getpid(), settings.EMAIL_URL, settings.EMAIL_BACKEND)
    if key not in _engines:
        _engines.clear()
        _engines[key] = Engine(transport_from_settings())
        sweeping.sweep()  # each process once, so that every host's folder is kept small
    return _engines[key]


def send_chunks(*, seconds: float = SLICE_SECONDS) -> bool:
    """Send open chunks for one slice. True when there may be more to do at once."""
    running = engine()
    return _slice(running, running.rota.lease, seconds)


def send_due(*, seconds: float = SLICE_SECONDS) -> bool:
    """Send rows that are due by themselves, for one slice. True when there may be more."""
    return _slice(engine(), _lease_due, seconds)


def _lease_due(
    may_send: Callable[[int], bool] = lambda account_id: True, without: Collection[Key] = ()
) -> Lease | None:
    for kind in ("request", "mail"):
        for account_id, campaign_id in due.campaigns_with_due_rows(kind):
            if (kind, account_id, campaign_id) in without or not may_send(account_id):
                continue
            lease = due.lease_due(account_id, campaign_id, kind)
            if lease is not None:
                return lease
    return None


def _slice(running: Engine, take: Take, seconds: float) -> bool:
    with stopping.own_signals():
        if running.hall is not None:
            return running.hall.run(take, seconds)
        return _blocking_slice(running, take, seconds)


def _blocking_slice(running: Engine, take: Take, seconds: float) -> bool:
    """By a transport that knows no pipelining: one lease after the other, a few threads."""
    ends_at = time.monotonic() + seconds

    def is_over() -> bool:
        return time.monotonic() > ends_at or stopping.is_stopping()

    while not is_over():
        lease = None if running.is_resting else take(lambda account_id: True, ())
        if lease is None:
            return False
        work_on(running, lease, is_over)
    return not stopping.is_stopping()


def work_on(running: Engine, lease: Lease, is_over: Callable[[], bool]) -> None:
    """Send to the people of one lease until they are done or the slice is over."""
    is_done = False
    try:
        work = _work(lease)
        if work is None:
            telling.pause(lease.account_id, lease.campaign_id, why="The sender was removed.")
            return
        with journalled(lease, work.recover) as book:
            batch = Batch(running, work, book)
            try:
                is_done = batch.run(is_over)
            finally:
                batch.drain()
        is_done = is_done and not loading.has_people_left(lease)
    except LeaseLost:
        return
    finally:
        if lease.chunk_id is None:
            due.release_due(lease)
        else:
            leasing.release(lease, done=is_done)


def _work(lease: Lease) -> Work | None:
    campaign = compiled(lease.account_id, lease.campaign_id)
    if campaign is None:
        return None
    return MailWork(lease, campaign) if lease.kind == "mail" else RequestWork(lease, campaign)


class Batch:
    """The hand-overs of one lease: in flight, finished, written."""

    def __init__(self, running: Engine, work: Work, book: Book) -> None:
        self._running = running
        self._work = work
        self._book = book
        self._in_flight: dict[Future[Outcome], Handed] = {}
        self._results: list[Result] = []
        self._marked_at = time.monotonic()
        self._refusals = 0
        self._is_broken = False

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Hand over until nobody is left (True), or it is over, broken or paused (False)."""
        after, limit = self._work.lease.lo - 1, 100
        while not is_over() and not self._is_broken:
            loaded = self._work.load(after, limit)
            if not loaded.is_running:
                return False
            if loaded.is_empty:
                return True
            self._work.turn_away(loaded.changes)
            self._work.prepare(loaded.people)
            reached = self._hand_over(loaded.people, is_over)
            if reached is None:
                after = loaded.last
            elif reached == 0:
                limit = max(1, limit // 4)
            else:
                after = reached
        return False

    def drain(self) -> None:
        """Wait for what is in flight and write everything down."""
        ends_at = time.monotonic() + DRAIN_SECONDS
        while self._in_flight:
            self._collect(timeout=0.5)
            if stopping.is_stopping() and time.monotonic() > ends_at:
                self._give_up()
        self._mark()

    def _hand_over(self, people: list[Handed], is_over: Callable[[], bool]) -> int | None:
        """Hand these people over; the last contact id if it ended early, None if all went."""
        reached = 0
        for person in people:
            self._wait_for_room()
            if is_over() or self._is_broken or not person.is_fresh:
                return reached
            self._submit(person)
            reached = person.contact_id
        return None

    def _wait_for_room(self) -> None:
        self._collect(timeout=0)
        while len(self._in_flight) >= self._running.connections:
            self._collect(timeout=0.2)

    def _submit(self, person: Handed) -> None:
        try:
            outgoing = self._work.outgoing(person)
        except (MergeFailed, HeaderRefused, ValueError) as error:
            text = f"This mail could not be made: {error}"
            outcome = Outcome(kind=Kind.REFUSED_US, code=554, text=text[:500], stage=Stage.BODY)
            self._finish(person, outcome)
            return
        self._book.prepare(person.contact_id)
        future = self._running.pool.submit(self._deliver, outgoing, person.contact_id)
        self._in_flight[future] = person

    def _deliver(self, outgoing: Outgoing, contact_id: int) -> Outcome:
        """In a thread: no database here."""

        def on_body() -> None:
            if self._work.lease.is_over:
                raise LeaseOver("The lease is over.")
            self._book.mark(contact_id, Mark.BODY_ON_THE_WIRE)

        outcome = self._running.transport.deliver(outgoing, on_body)
        if outcome.kind is Kind.ACCEPTED:
            self._book.mark(contact_id, Mark.ACCEPTED)
        return outcome

    def _collect(self, *, timeout: float) -> None:
        done, _ = wait(self._in_flight, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            person = self._in_flight.pop(future)
            outcome = _outcome_of(future)
            if outcome is not None:
                self._finish(person, outcome)
        is_time = time.monotonic() - self._marked_at > MARK_SECONDS
        if self._results and (len(self._results) >= MARK_EVERY or is_time):
            self._mark()
        if not leasing.renew(self._work.lease):
            self._work.lease.until = float("-inf")  # no thread writes a body any more
            raise LeaseLost(f"chunk {self._work.lease.chunk_id}")

    def _finish(self, person: Handed, outcome: Outcome) -> None:
        result = self._work.result(person, outcome)
        lease = self._work.lease
        refused = outcome.kind is Kind.REFUSED_US
        self._refusals = self._refusals + 1 if refused else 0
        if result.is_away:
            self._is_broken = True
            self._running.away_until = time.monotonic() + AWAY_SECONDS
            telling.trouble(lease.account_id, lease.campaign_id, outcome)
            return
        if not outcome.stops_batch:
            self._results.append(result)
        if outcome.stops_batch or self._refusals >= REFUSALS_IN_A_ROW:
            self._is_broken = True
            telling.trouble(lease.account_id, lease.campaign_id, outcome)

    def _give_up(self) -> None:
        """The worker must go: whoever is still on the wire is unknown."""
        text = "The worker had to stop before the server answered"
        for person in self._in_flight.values():
            self._finish(person, Outcome(kind=Kind.UNKNOWN, text=text))
        self._in_flight.clear()

    def _mark(self) -> None:
        results, self._results = self._results, []
        self._marked_at = time.monotonic()
        if results:
            self._work.settle(results)


def _outcome_of(future: "Future[Outcome]") -> Outcome | None:
    """How a hand-over ended; None: it did not leave, the verdict had grown too old.

    A transport never raises for the far end; what it raises is our own refusal or fault.
    """
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, VerdictTooOld):
        return None
    if isinstance(error, HeaderRefused | ValueError):
        text = f"This mail could not be made: {error}"
        return Outcome(kind=Kind.REFUSED_US, code=554, text=text[:500], stage=Stage.BODY)
    raise error
