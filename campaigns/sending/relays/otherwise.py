"""By a transport that hands over one mail at a time: providers, direct delivery. Blocking.

A few threads talk to the far end, this one talks to the database. Nobody is handed over on an old
verdict, after the lease, beyond the connections that are free, or faster than the rates allow.
"""

import logging
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from campaigns.composing.merging import MergeFailed
from campaigns.recipients.moving import LeaseLost
from campaigns.sending import due, leasing, loading, stopping, telling
from campaigns.sending.asking import RequestWork
from campaigns.sending.compiling import compiled
from campaigns.sending.deciding import Result
from campaigns.sending.engine.database import ERRORS
from campaigns.sending.leasing import Lease
from campaigns.sending.loading import Handed
from campaigns.sending.rates.choosing import Chosen, Counting
from campaigns.sending.recovering import Book, journalled
from campaigns.sending.relays.handing import Outgoing, Transport, VerdictTooOld
from campaigns.sending.relays.outlets import Outlet
from campaigns.sending.transports import DjangoTransport, transport_of
from campaigns.sending.working import MailWork, Work
from mailwire.headers import HeaderRefused
from mailwire.journal import Mark
from mailwire.outcomes import Kind, Outcome, Stage

MARK_EVERY = 50
MARK_SECONDS = 1.0
DRAIN_SECONDS = 8.0
AWAY_SECONDS = 2.0
SHORT_REST = 2.0
REFUSALS_IN_A_ROW = 5
_log = logging.getLogger(__name__)


class LeaseOver(OSError):
    """The lease ended before the body was written; the connection is dropped."""


class Otherwise:
    """What one process keeps of an outlet without the pipelined engine: transport and threads."""

    def __init__(self, outlet: Outlet, transport: Transport | None = None) -> None:
        self.outlet = outlet
        self.transport = transport or transport_of(outlet)
        self.pool = ThreadPoolExecutor(outlet.connections, thread_name_prefix="deliver")

    def send(self, lease: Lease, is_over: Callable[[], bool]) -> float | None:
        """Send to the people of one lease until they are done or the slice is over.

        Returns how many seconds the lease is to rest, if any.
        """
        is_done, batch = False, None
        try:
            work = _work(lease)
            if work is None:
                telling.pause(lease.account_id, lease.campaign_id, why="The sender was removed.")
                return None
            with journalled(lease, work.recover) as book:
                batch = Batch(self, work, book)
                try:
                    is_done = batch.run(is_over)
                finally:
                    batch.drain()
            is_done = is_done and not loading.has_people_left(lease)
        except LeaseLost:
            return None
        finally:
            # While a thread still holds somebody's mail nobody else may have them: the lease ends
            # by itself then, later than this process's own clock.
            if batch is None or batch.is_drained:
                _release(lease, done=is_done)
        return batch.rests_for

    def close(self) -> None:
        """Let go of threads and connections."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        self.transport.close()


def _work(lease: Lease) -> Work | None:
    campaign = compiled(lease.account_id, lease.campaign_id)
    if campaign is None:
        return None
    return MailWork(lease, campaign) if lease.kind == "mail" else RequestWork(lease, campaign)


def _release(lease: Lease, *, done: bool) -> None:
    if lease.chunk_id is None:
        due.release_due(lease)
    else:
        leasing.release(lease, done=done)


class Batch:
    """The hand-overs of one lease: in flight, finished, written."""

    def __init__(self, otherwise: Otherwise, work: Work, book: Book) -> None:
        self._otherwise = otherwise
        self._counting = Counting(
            route=otherwise.outlet.key,
            is_request=work.lease.kind == "request",
            is_direct=otherwise.outlet.is_direct,
        )
        self.rests_for: float | None = None  # seconds until more of it may leave
        self._work = work
        self._book = book
        self._in_flight: dict[Future[list[Outcome]], list[Handed]] = {}
        self._results: list[Result] = []
        self._marked_at = time.monotonic()
        self._refusals = 0
        self._is_broken = False
        self._trouble: Outcome | None = None  # what broke it, to be told

    @property
    def is_drained(self) -> bool:
        """No thread has a mail."""
        return not self._in_flight

    def run(self, is_over: Callable[[], bool]) -> bool:
        """Hand over until nobody is left (True), or it is over, broken or paused (False)."""
        lease, sender = self._work.lease, self._work.sender_address
        self.rests_for = self._counting.held_for(lease.account_id, sender)
        if self.rests_for is not None:
            return False
        after, limit = lease.lo - 1, 100
        while not is_over() and not self._is_broken:
            loaded = self._work.load(after, limit)
            if not loaded.is_running:
                return False
            if loaded.is_empty:
                return True
            self._work.turn_away(loaded.changes)
            chosen = self._counting.choose(loaded.people, sender=self._work.sender_address)
            self._work.prepare(chosen.people)
            reached = self._hand_over(chosen.people, is_over)
            self._counting.give_back(self._not_handed(chosen.people, reached))
            if reached == 0:
                limit = max(1, limit // 4)
            elif reached is not None:
                after = reached
            else:
                after = loaded.last if chosen.after is None else chosen.after
                if not self._rest(chosen, is_over):
                    return False
        return False

    def _rest(self, chosen: Chosen, is_over: Callable[[], bool]) -> bool:
        """Wait for the rates if it is not for long; False: come back by another lease."""
        if chosen.wait is None:
            return True
        if chosen.after is None or chosen.wait > SHORT_REST:
            self.rests_for = min(chosen.wait, self.rests_for or chosen.wait)
            return chosen.after is None
        until = time.monotonic() + chosen.wait
        while time.monotonic() < until and not is_over():
            self._collect(timeout=0.05)
            time.sleep(0.02)
        return True

    def _not_handed(self, people: list[Handed], reached: int | None) -> list[int]:
        if reached is None:
            return []
        return [each.contact_id for each in people if each.contact_id > reached]

    def drain(self) -> None:
        """Wait for what is in flight and write everything down; the database may come back."""
        ends_at = time.monotonic() + DRAIN_SECONDS
        while self._in_flight or self._results or self._trouble:
            is_late = stopping.is_stopping() and time.monotonic() > ends_at
            if is_late:
                self._give_up()
            try:
                self._write_down()
            except ERRORS:
                if is_late or self._work.lease.is_over:
                    self._work.lease.until = float("-inf")  # no thread writes a body any more
                    raise
                time.sleep(0.5)
        self._counting.give_all_back()

    def _write_down(self) -> None:
        if self._trouble is not None:
            lease = self._work.lease
            telling.trouble(lease.account_id, lease.campaign_id, self._trouble)
            self._trouble = None
        self._collect(timeout=0.5 if self._in_flight else 0)
        if not self._in_flight:
            self._mark()

    def _hand_over(self, people: list[Handed], is_over: Callable[[], bool]) -> int | None:
        """Hand these people over; the last contact id if it ended early, None if all went."""
        reached, calls = 0, _Calls(self._otherwise.outlet.mails_per_call)
        for person in people:
            self._wait_for_room()
            while person.is_fresh and not self._counting.may_leave(person.contact_id):
                self._submit(calls.rest())
                self._collect(timeout=0.05)
                time.sleep(0.02)
            if is_over() or self._is_broken or not person.is_fresh:
                self._submit(calls.rest())
                return reached
            made = self._made(person)
            if made is not None:
                self._submit(calls.add(person, made))
            reached = person.contact_id
        self._submit(calls.rest())
        return None

    def _wait_for_room(self) -> None:
        self._collect(timeout=0)
        while len(self._in_flight) >= self._otherwise.outlet.connections:
            self._collect(timeout=0.2)

    def _made(self, person: Handed) -> Outgoing | None:
        try:
            return self._work.outgoing(person)
        except (MergeFailed, HeaderRefused, ValueError) as error:
            text = f"This mail could not be made: {error}"
            outcome = Outcome(kind=Kind.REFUSED_US, code=554, text=text[:500], stage=Stage.BODY)
            self._finish(person, outcome)
            return None

    def _submit(self, call: list[tuple[Handed, Outgoing]]) -> None:
        if not call:
            return
        people = [person for person, _ in call]
        for person in people:
            self._book.prepare(person.contact_id)
        future = self._otherwise.pool.submit(self._deliver, [mail for _, mail in call])
        self._in_flight[future] = people

    def _deliver(self, call: list[Outgoing]) -> list[Outcome]:
        """In a thread: no database here."""

        def on_body() -> None:
            self._check_lease()
            for outgoing in call:
                self._book.mark(outgoing.contact_id, Mark.BODY_ON_THE_WIRE)
            self._check_lease()  # again: the process may have been stopped for long

        transport = self._otherwise.transport
        if len(call) > 1 and isinstance(transport, DjangoTransport):
            outcomes = transport.deliver_many(call, on_body)
        else:
            outcomes = [transport.deliver(outgoing, on_body) for outgoing in call]
        for outgoing, outcome in zip(call, outcomes, strict=True):
            if outcome.kind is Kind.ACCEPTED:
                self._book.mark(outgoing.contact_id, Mark.ACCEPTED)
        return outcomes

    def _check_lease(self) -> None:
        if self._work.lease.is_over:
            raise LeaseOver("The lease is over.")

    def _collect(self, *, timeout: float) -> None:
        done, _ = wait(self._in_flight, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in done:
            people = self._in_flight.pop(future)
            for person, outcome in zip(people, _outcomes_of(future, people), strict=True):
                if outcome is not None:
                    self._finish(person, outcome)
        is_time = time.monotonic() - self._marked_at > MARK_SECONDS
        if self._results and (len(self._results) >= MARK_EVERY or is_time):
            self._mark()
        if not due.renew(self._work.lease):
            self._work.lease.until = float("-inf")  # no thread writes a body any more
            raise LeaseLost(f"chunk {self._work.lease.chunk_id}")

    def _finish(self, person: Handed, outcome: Outcome) -> None:
        result = self._work.result(person, outcome)
        refused = outcome.kind is Kind.REFUSED_US
        self._refusals = self._refusals + 1 if refused else 0
        if result.is_away:
            self.rests_for = AWAY_SECONDS
            self._break(outcome)
            return
        if not outcome.stops_batch:
            self._results.append(result)
        if outcome.stops_batch or self._refusals >= REFUSALS_IN_A_ROW:
            self._break(outcome)

    def _break(self, outcome: Outcome) -> None:
        if not self._is_broken:
            self._is_broken, self._trouble = True, outcome

    def _give_up(self) -> None:
        """The worker must go: whoever is still on the wire is unknown."""
        text = "The worker had to stop before the server answered"
        for person in [person for people in self._in_flight.values() for person in people]:
            self._finish(person, Outcome(kind=Kind.UNKNOWN, text=text))
        self._in_flight.clear()

    def _mark(self) -> None:
        results = list(self._results)
        self._marked_at = time.monotonic()
        if results:
            self._work.settle(results)  # kept until that is done: it is tried again
            del self._results[: len(results)]
            self._counting.ended((each.person.contact_id, each.outcome) for each in results)


class _Calls:
    """Mails gathered until one call to the provider is full."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._call: list[tuple[Handed, Outgoing]] = []

    def add(self, person: Handed, outgoing: Outgoing) -> list[tuple[Handed, Outgoing]]:
        """A full call, or an empty one: not yet."""
        self._call.append((person, outgoing))
        return self.rest() if len(self._call) >= self._size else []

    def rest(self) -> list[tuple[Handed, Outgoing]]:
        """What was gathered."""
        call, self._call = self._call, []
        return call


def _outcomes_of(future: "Future[list[Outcome]]", people: list[Handed]) -> Sequence[Outcome | None]:
    """How a call ended; None: it did not leave, the verdict or the lease had grown too old.

    A transport never raises for the far end; what it raises is our own refusal or fault.
    """
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, VerdictTooOld | LeaseOver):
        return [None] * len(people)
    if isinstance(error, HeaderRefused | ValueError):
        text = f"This mail could not be made: {error}"
        outcome = Outcome(kind=Kind.REFUSED_US, code=554, text=text[:500], stage=Stage.BODY)
        return [outcome] * len(people)
    _log.error("A mail could not be handed over", exc_info=error)
    fault = f"Nobody knows whether it left: {type(error).__name__}"
    return [Outcome(kind=Kind.UNKNOWN, text=fault)] * len(people)
