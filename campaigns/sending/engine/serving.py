"""Serving a portion: the statements between lease and release, one after the other, off the loop.

Load with the gate asked, ask the rates, mark, renew, judge again what is held for long.
"""

import asyncio
import logging
import time
from dataclasses import dataclass
from functools import partial

from campaigns.recipients.moving import LeaseLost
from campaigns.sending import due, leasing, loading, telling
from campaigns.sending.deciding import Result
from campaigns.sending.engine.database import ERRORS, Database
from campaigns.sending.engine.portions import MARK_EVERY, Portion
from campaigns.sending.engine.queues import Queue
from campaigns.sending.leasing import Lease
from campaigns.sending.loading import Handed, Loaded
from campaigns.sending.rates.choosing import Counting
from campaigns.sending.recovering import Book
from campaigns.sending.working import Work

MARK_SECONDS = 1.0
SHORT_REST = 2.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Batch:
    """People who may leave now, and when (monotonic) to ask for those the rates hold back."""

    loaded: Loaded
    people: list[Handed]
    wait: float | None = None
    is_cut: bool = False  # nobody behind `after` may leave before `wait`
    after: int = 0  # where the next reading goes on


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Where a portion's next reading begins, how far it goes, and whom it leaves out."""

    after: int
    limit: int
    here: frozenset[int]


def begin(lease: Lease, work: Work) -> Portion:
    """A portion whose dead holders' journals are settled. Blocking; raises LeaseLost."""
    book = Book(lease)
    left = book.recover()
    if left:
        work.recover(left)
        book.remove()
    return Portion(lease=lease, work=work, book=book)


class Serving:
    """One portion's way from lease to release."""

    def __init__(self, database: Database, queue: Queue, portion: Portion) -> None:
        self._database = database
        self._queue = queue
        self._portion = portion
        is_request = portion.lease.kind == "request"
        self._counting = Counting(route=queue.outlet.key, is_request=is_request)
        # On the loop: a short call to Redis, and only where a rate limits this account.
        portion.may_leave = self._counting.may_leave
        self._marked_at = time.monotonic()
        self._loaded_at = float("-inf")
        self._again_at = float("-inf")  # when the rates may let more through
        self.rests_for: float | None = None  # seconds until the rates let more of it go
        self.is_cut = False  # the slice was over before the people were

    async def serve(self) -> None:
        """Until everybody is marked and the lease is given back."""
        portion, is_done = self._portion, False
        self._queue.add(portion)
        try:
            await self._work()
            await self._drain()
            await self._tell()
            is_done = portion.is_exhausted and portion.trouble is None and self.rests_for is None
            is_done = is_done and not await self._database(
                partial(loading.has_people_left, portion.lease)
            )
            self.is_cut = not is_done and portion.trouble is None and self.rests_for is None
            portion.book.remove()
        except LeaseLost:
            self._lose()
        except ERRORS:
            _log.exception("The database does not answer: the journal keeps what was sent")
            self._lose()
        except BaseException:
            self._lose()
            raise
        finally:
            self._queue.remove(portion)
            portion.book.close()
            await self._release(done=is_done)

    async def _work(self) -> None:
        portion = self._portion
        sender = portion.work.sender_address
        self.rests_for = self._counting.held_for(portion.lease.account_id, sender)
        if self.rests_for is not None:
            return
        try:
            while not self._is_finished():
                self._portion.changed.clear()
                if not await self._step():
                    await self._wait()
        except ERRORS:
            _log.exception("The database does not answer: no more rows are taken")
            self._portion.stop()

    def _is_finished(self) -> bool:
        portion = self._portion
        if portion.lease.chunk_id is None and portion.lease.is_over:
            portion.stop()
        if portion.is_over:
            return True
        return portion.is_exhausted and not portion.people and not portion.open

    async def _step(self) -> bool:
        """Whatever is due; False when nothing was."""
        portion = self._portion
        await self._renew()
        if portion.stale:
            await self._judge_again()
        elif self._is_mark_due():
            await self._mark()
        elif portion.dropped:  # before they are read, and counted, again
            await self._give_back()
        elif self._is_load_due():
            await self._load()
        else:
            return False
        return True

    def _is_load_due(self) -> bool:
        portion = self._portion
        if portion.is_exhausted or len(portion.people) > portion.low:
            return False
        return time.monotonic() >= self._again_at

    async def _wait(self) -> None:
        try:
            async with asyncio.timeout(0.1):
                await self._portion.changed.wait()
        except TimeoutError:
            return

    async def _load(self) -> None:
        portion, queue = self._portion, self._queue
        now = time.monotonic()
        queue.loaded(portion, now - self._loaded_at)
        self._loaded_at = now
        rows, after = queue.rows, portion.after
        # The thread is told where the loop stands: meanwhile lines break and people go stale.
        reading = Reading(after=after, limit=rows, here=portion.here())
        batch = await self._database(partial(_load, portion.work, self._counting, reading))
        if not batch.loaded.is_running:
            portion.stop()
            return
        found = len(batch.loaded.people) + len(batch.loaded.changes)
        is_last = found < rows or batch.loaded.last >= portion.lease.hi
        went_back = portion.after < after  # somebody went stale: they are read again
        portion.is_exhausted = is_last and not batch.is_cut and not went_back
        if batch.wait is not None:
            self._rest(batch.wait, is_cut=batch.is_cut)
        if batch.loaded.is_empty:
            return
        if not went_back:
            portion.after = batch.after
        portion.low = len(batch.people) // 4
        portion.add(batch.people)
        queue.pool.wake()

    def _rest(self, wait: float, *, is_cut: bool) -> None:
        """Stay for a moment, if all wait for the same; else end, and come back by another lease."""
        if is_cut and wait <= SHORT_REST:
            self._again_at = time.monotonic() + wait
            return
        self.rests_for = min(wait, self.rests_for or wait)
        self._portion.is_exhausted = self._portion.is_exhausted or is_cut

    async def _judge_again(self) -> None:
        """Everybody held for more than two seconds, in one query."""
        portion = self._portion
        only = tuple(sorted(portion.stale))
        loaded = await self._database(partial(_judge, portion, only))
        portion.judged_again(only, loaded.people if loaded.is_running else [])
        if not loaded.is_running:
            portion.stop()
        self._queue.pool.ask_again()

    def _is_mark_due(self) -> bool:
        results = self._portion.results
        if not results:
            return False
        is_time = time.monotonic() - self._marked_at > MARK_SECONDS
        is_last = self._portion.is_exhausted and self._portion.is_drained
        return len(results) >= MARK_EVERY or is_time or is_last

    async def _mark(self) -> None:
        portion = self._portion
        results = list(portion.results)
        self._marked_at = time.monotonic()
        settle = partial(portion.work.settle, results)
        if portion.lease.kind == "request" or any(each.is_bounce for each in results):
            await self._database.in_turn(portion.lease.account_id, settle)
        else:
            await self._database(settle)
        del portion.results[: len(results)]
        portion.written(results)
        await self._told(results)

    async def _told(self, results: list[Result]) -> None:
        outcomes = [(each.person.contact_id, each.outcome) for each in results]
        await self._database(partial(self._counting.ended, outcomes))

    async def _give_back(self) -> None:
        dropped, self._portion.dropped = self._portion.dropped, []
        unused = [person.contact_id for person in dropped]
        await self._database(partial(self._counting.give_back, unused))

    async def _renew(self) -> None:
        lease = self._portion.lease
        if lease.is_renewal_due and not await self._database(partial(due.renew, lease)):
            raise LeaseLost(f"chunk {lease.chunk_id}")

    async def _drain(self) -> None:
        """What is on a line ends, and everything is written; a database that is away may return."""
        portion = self._portion
        while not portion.is_drained or portion.results:
            portion.changed.clear()
            try:
                if portion.stale:
                    await self._judge_again()
                if portion.results and (portion.is_drained or self._is_mark_due()):
                    await self._mark()
                else:
                    await self._renew()
                    await self._wait()
            except ERRORS:
                if portion.lease.is_over:
                    raise
                await asyncio.sleep(0.5)
        await self._database(self._counting.give_all_back)

    async def _tell(self) -> None:
        """The campaign's page says why its batch was stopped."""
        outcome, lease = self._portion.trouble, self._portion.lease
        if outcome is None:
            return
        tell = partial(telling.trouble, lease.account_id, lease.campaign_id, outcome)
        await self._database(tell)

    def _lose(self) -> None:
        """Write nothing more; the journal stays for whoever has the lease now."""
        portion = self._portion
        portion.is_lost = True
        portion.lease.until = float("-inf")
        portion.stop()
        self._queue.pool.ask_again()

    async def _release(self, *, done: bool) -> None:
        lease = self._portion.lease
        give = (
            partial(due.release_due, lease)
            if lease.chunk_id is None
            else partial(leasing.release, lease, done=done)
        )
        try:
            await self._database(give)
        except ERRORS:
            _log.warning("A lease was not given back; it ends by itself")


def _load(work: Work, counting: Counting, reading: Reading) -> Batch:
    """Read, judge, write who is turned away, ask the rates. Blocking."""
    loaded = work.load(reading.after, reading.limit)
    if not loaded.is_running or loaded.is_empty:
        return Batch(loaded, [], after=loaded.last)
    work.turn_away(loaded.changes)
    fresh = [person for person in loaded.people if person.contact_id not in reading.here]
    chosen = counting.choose(fresh, sender=work.sender_address)
    work.prepare(chosen.people)
    is_cut = chosen.after is not None
    after = loaded.last if chosen.after is None else chosen.after
    return Batch(loaded, chosen.people, chosen.wait, is_cut, after)


def _judge(portion: Portion, only: tuple[int, ...]) -> Loaded:
    """New verdicts for these people; who is turned away is written. Blocking."""
    loaded = portion.work.load(only[0] - 1, len(only), only)
    portion.work.turn_away(loaded.changes)
    return loaded
