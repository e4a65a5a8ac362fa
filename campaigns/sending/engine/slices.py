"""The slice: for a few seconds, lease as lines come free, serve the portions, end in good order.

The loop, the threads and the lines of a process live on between its slices.
"""

import asyncio
import logging
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial

import uvloop

from campaigns.recipients.moving import LeaseLost
from campaigns.sending import due, leasing, stopping, telling
from campaigns.sending.engine.database import ERRORS, Database
from campaigns.sending.engine.portions import Portion
from campaigns.sending.engine.queues import Queue, Room
from campaigns.sending.engine.serving import Serving, begin
from campaigns.sending.engine.works import Works
from campaigns.sending.leasing import Lease
from campaigns.sending.relays.outlets import Outlet, outlet_of

DRAIN_SECONDS = 8.0
# The loop gets the interpreter back from a thread that soon; the default is ten times as long.
SWITCH_SECONDS = 0.0005
SLOW_DRAIN_SECONDS = 60.0
_log = logging.getLogger(__name__)

Key = int | tuple[str, int, int]  # a chunk; or kind, account and campaign of rows that are due
# Lease something of an account that may send now, without what rests. Blocking.
Take = Callable[[Callable[[int], bool], Collection[Key]], Lease | None]
# Returns how many seconds the lease is to rest, if any.
Otherwise = Callable[[Lease, Outlet, Callable[[], bool]], float | None]
MOST_OTHERWISE = 2


class Hall:
    """One process's engine. `run` is called again and again from the process's main thread.

    `otherwise` sends a lease by an outlet that has no relays: a provider, the MX. Blocking.
    """

    def __init__(self, otherwise: Otherwise) -> None:
        self.loop = uvloop.new_event_loop()
        self.database = Database()
        self.works = Works()
        self.otherwise = otherwise
        self.queues: dict[str, Queue] = {}
        self.retired: list[Queue] = []  # of outlets that were changed
        self.busy: Counter[str] = Counter()  # leases that go `otherwise`, by outlet
        self.rests: dict[Key, float] = {}  # what the rates hold back, until when

    def run(self, take: Take, seconds: float) -> bool:
        """One slice. True when there may be more to do at once."""
        sys.setswitchinterval(SWITCH_SECONDS)
        with self.database.lent():
            return self.loop.run_until_complete(_Slice(self, take, seconds).run())

    def close(self) -> None:
        """Let go of lines, threads and loop."""

        async def close_pools() -> None:
            for queue in self.all_queues():
                await queue.pool.close()

        if not self.loop.is_closed():
            self.loop.run_until_complete(close_pools())
            self.loop.close()
        self.database.close()

    def all_queues(self) -> list[Queue]:
        """Those of now, and those that end."""
        return [*self.queues.values(), *self.retired]

    def queue_of(self, outlet: Outlet) -> Queue:
        """The queue of an outlet with relays; a new one after a change. On the loop."""
        queue = self.queues.get(outlet.key)
        if queue is None or queue.outlet != outlet:
            if queue is not None:
                queue.stop()
                self.retired.append(queue)
            queue = self.queues[outlet.key] = Queue(outlet)
        return queue

    def rooms(self) -> dict[str, Room]:
        """What each queue has room for now. On the loop."""
        return {key: queue.room() for key, queue in self.queues.items()}

    def may_send(self, rooms: Mapping[str, Room], account_id: int) -> bool:
        """The account's way out has room. Blocking: it reads nothing that the loop changes."""
        outlet = outlet_of(account_id)
        room = rooms.get(outlet.key)
        if room is None or room.outlet != outlet or not outlet.hops:
            return self.busy[outlet.key] < MOST_OTHERWISE
        return room.is_for(account_id)


class _Slice:
    """From the first lease to the last release."""

    def __init__(self, hall: Hall, take: Take, seconds: float) -> None:
        self._hall = hall
        self._take = take
        self._ends_at = time.monotonic() + seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._has_more = True
        self._is_cut = False  # what this slice leased is not done, and nobody else has it
        self._is_ending = self._has_slow = False

    async def run(self) -> bool:
        for queue in self._hall.all_queues():
            queue.is_closing = False
        leasing_task = asyncio.create_task(self._lease_on())
        ticking = asyncio.create_task(self._tick())
        try:
            await leasing_task
        finally:
            await self._end()
            ticking.cancel()
        return (self._has_more or self._is_cut) and not stopping.is_stopping()

    # --- leasing ----------------------------------------------------------------------------------

    async def _lease_on(self) -> None:
        """Lease until the slice is over, or nothing is there to be leased or waited for."""
        while not self._is_over():
            lease = await self._lease()
            self._freed.clear()
            if lease is not None:
                await self._start(lease)
            elif self._is_idle():
                return
            else:
                await self._wait(0.1)

    async def _lease(self) -> Lease | None:
        now = time.monotonic()
        rests = {key: until for key, until in self._hall.rests.items() if until > now}
        self._hall.rests = rests
        try:
            may_send = partial(self._hall.may_send, self._hall.rooms())
            take = partial(self._take, may_send, tuple(rests))  # a copy: it is read in a thread
            found = await self._hall.database(take)
        except ERRORS:
            _log.exception("The database does not answer")
            found = None
        self._has_more = found is not None or bool(rests)
        return found

    async def _start(self, lease: Lease) -> None:
        hall = self._hall
        try:
            begun = await hall.database(partial(_begin, hall.works, lease))
        except (LeaseLost, *ERRORS):
            _log.warning("A lease could not be begun; it ends by itself")
            return
        if isinstance(begun, Outlet):
            self._run(self._send_otherwise(lease, begun))
        elif begun is not None:
            outlet, portion = begun
            self._run(self._serve(Serving(hall.database, hall.queue_of(outlet), portion), lease))

    async def _serve(self, serving: Serving, lease: Lease) -> None:
        await serving.serve()
        self._is_cut = self._is_cut or serving.is_cut
        if serving.rests_for is not None:
            self._hall.rests[_key(lease)] = time.monotonic() + serving.rests_for

    async def _send_otherwise(self, lease: Lease, outlet: Outlet) -> None:
        self._hall.busy[outlet.key] += 1
        try:
            send = partial(self._hall.otherwise, lease, outlet, self._is_over_elsewhere)
            rests_for = await self._hall.database(send, is_long=True)
            if rests_for is not None:
                self._hall.rests[_key(lease)] = time.monotonic() + rests_for
        finally:
            self._hall.busy[outlet.key] -= 1

    def _run(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._served)

    def _served(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._freed.set()
        if not task.cancelled() and task.exception() is not None:
            _log.error("A portion broke", exc_info=task.exception())

    def _is_idle(self) -> bool:
        """Nothing works, and nothing comes back within the slice."""
        soon = [until for until in self._hall.rests.values() if until < self._ends_at]
        return not self._tasks and not soon

    # --- ending -----------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        if stopping.is_stopping():
            return True
        if time.monotonic() < self._ends_at:
            return False
        self._has_slow = self._has_slow_ones()
        return not self._has_slow

    def _is_over_elsewhere(self) -> bool:
        """The same for a thread: it looks at no queue, which only the loop may."""
        is_late = time.monotonic() >= self._ends_at and not self._has_slow
        return self._is_ending or is_late or stopping.is_stopping()

    def _has_slow_ones(self) -> bool:
        """Slow relays end first, while the others go on: nobody waits for a slow reply."""
        if time.monotonic() > self._ends_at + SLOW_DRAIN_SECONDS:
            return False
        slow = [queue for queue in self._hall.all_queues() if queue.is_slow]
        for queue in slow:
            queue.stop()
        return any(not queue.is_empty for queue in slow)

    async def _end(self) -> None:
        self._is_ending = True
        for queue in self._hall.all_queues():
            queue.stop()
        gives_up_at = None
        while self._tasks:
            if stopping.is_stopping() and gives_up_at is None:
                gives_up_at = time.monotonic() + DRAIN_SECONDS
                for queue in self._hall.all_queues():
                    queue.pool.drop_unwritten("The worker has to stop")
            if gives_up_at is not None and time.monotonic() > gives_up_at:
                for queue in self._hall.all_queues():
                    queue.pool.drop_all("The worker had to stop before the server answered")
            await self._wait(0.05)
            self._freed.clear()

    async def _tick(self) -> None:
        while True:
            for queue in self._hall.all_queues():
                _tick(queue)
            for queue in [queue for queue in self._hall.retired if queue.is_empty]:
                await queue.pool.close()
                # Not before: if this slice ends meanwhile the next one closes it.
                self._hall.retired.remove(queue)
            await asyncio.sleep(0.05)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._freed.wait()
        except TimeoutError:
            return


def _tick(queue: Queue) -> None:
    """Nothing may end the ticking: without it no line is ever given up."""
    try:
        queue.pool.tick()
    except Exception:  # noqa: BLE001 - whatever it is
        _log.exception("A relay's lines are in trouble")
        queue.pool.drop_all("We are in trouble")


def _key(lease: Lease) -> Key:
    return lease.chunk_id or (lease.kind, lease.account_id, lease.campaign_id)


def _begin(works: Works, lease: Lease) -> tuple[Outlet, Portion] | Outlet | None:
    """Compile, and settle what dead holders left. Blocking; raises LeaseLost.

    An outlet alone: it has no relays, the lease goes otherwise. None: it was given back.
    """
    try:
        outlet = outlet_of(lease.account_id)
        work = works.of(lease)
        why = outlet.problem if work else "The sender was removed."
        if work is not None and outlet.hops:
            return outlet, begin(lease, work)
        if work is not None and not why:
            return outlet
        telling.pause(lease.account_id, lease.campaign_id, why=why)
    except LeaseLost:
        raise
    except Exception:
        give_back(lease)
        raise
    give_back(lease)
    return None


def give_back(lease: Lease) -> None:
    """A lease that was not begun. Blocking."""
    if lease.chunk_id is None:
        due.release_due(lease)
    else:
        leasing.release(lease, done=False)
