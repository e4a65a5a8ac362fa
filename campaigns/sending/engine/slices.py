"""The slice: for a few seconds, lease as lines come free, serve the portions, end in good order.

The loop, the threads and the lines of a process live on between its slices.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Collection
from functools import partial

import uvloop

from campaigns.recipients.moving import LeaseLost
from campaigns.sending import due, leasing, stopping, telling
from campaigns.sending.engine.database import ERRORS, Database
from campaigns.sending.engine.portions import Portion
from campaigns.sending.engine.queues import Queue
from campaigns.sending.engine.routes import shared_route
from campaigns.sending.engine.serving import Serving, begin
from campaigns.sending.engine.works import Works
from campaigns.sending.leasing import Lease

DRAIN_SECONDS = 8.0
SLOW_DRAIN_SECONDS = 60.0
_log = logging.getLogger(__name__)

Key = int | tuple[str, int, int]  # a chunk; or kind, account and campaign of rows that are due
# Lease something of an account that may send now, without what rests. Blocking.
Take = Callable[[Callable[[int], bool], Collection[Key]], Lease | None]


class Hall:
    """One process's engine. `run` is called again and again from the process's main thread."""

    def __init__(self) -> None:
        self.loop = uvloop.new_event_loop()
        self.database = Database()
        self.works = Works()
        self.queues: dict[str, Queue] = {}
        self.rests: dict[Key, float] = {}  # what the rates hold back, until when

    def run(self, take: Take, seconds: float) -> bool:
        """One slice. True when there may be more to do at once."""
        with self.database.lent():
            return self.loop.run_until_complete(_Slice(self, take, seconds).run())

    def close(self) -> None:
        """Let go of lines, threads and loop."""

        async def close_pools() -> None:
            for queue in self.queues.values():
                await queue.pool.close()

        if not self.loop.is_closed():
            self.loop.run_until_complete(close_pools())
            self.loop.close()
        self.database.close()

    def queue_of(self, account_id: int) -> Queue:
        """The queue of the account's relay. On the loop."""
        route = shared_route()
        if route.key not in self.queues:
            self.queues[route.key] = Queue(route)
        return self.queues[route.key]


class _Slice:
    """From the first lease to the last release."""

    def __init__(self, hall: Hall, take: Take, seconds: float) -> None:
        self._hall = hall
        self._take = take
        self._ends_at = time.monotonic() + seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self._freed = asyncio.Event()
        self._has_more = True

    async def run(self) -> bool:
        self._hall.queue_of(0)
        for queue in self._hall.queues.values():
            queue.is_closing = False
        leasing_task = asyncio.create_task(self._lease_on())
        ticking = asyncio.create_task(self._tick())
        try:
            await leasing_task
        finally:
            await self._end()
            ticking.cancel()
        return self._has_more and not stopping.is_stopping()

    # --- leasing ----------------------------------------------------------------------------------

    async def _lease_on(self) -> None:
        """Lease until the slice is over, or nothing is there to be leased or waited for."""
        while not self._is_over():
            lease = await self._lease() if self._wants_any() else None
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
        queue_of = self._hall.queues.get

        def may_send(account_id: int) -> bool:
            queue = queue_of(shared_route().key)
            return queue is not None and queue.wants_portion

        try:
            found = await self._hall.database(partial(self._take, may_send, rests.keys()))
        except ERRORS:
            _log.exception("The database does not answer")
            found = None
        self._has_more = found is not None or bool(rests)
        return found

    async def _start(self, lease: Lease) -> None:
        hall = self._hall
        try:
            portion = await hall.database(partial(_begin, hall.works, lease))
        except (LeaseLost, *ERRORS):
            _log.warning("A lease could not be begun; it ends by itself")
            return
        if portion is None:
            return
        serving = Serving(hall.database, hall.queue_of(lease.account_id), portion)
        task = asyncio.create_task(serving.serve())
        self._tasks.add(task)
        task.add_done_callback(partial(self._served, serving, lease))

    def _served(self, serving: Serving, lease: Lease, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        self._freed.set()
        if serving.rests_for is not None:
            self._hall.rests[_key(lease)] = time.monotonic() + serving.rests_for
        if not task.cancelled() and task.exception() is not None:
            _log.error("A portion broke", exc_info=task.exception())

    def _wants_any(self) -> bool:
        return any(queue.wants_portion for queue in self._hall.queues.values())

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
        return not self._has_slow_ones()

    def _has_slow_ones(self) -> bool:
        """Slow relays end first, while the others go on: nobody waits for a slow reply."""
        if time.monotonic() > self._ends_at + SLOW_DRAIN_SECONDS:
            return False
        slow = [queue for queue in self._hall.queues.values() if queue.is_slow]
        for queue in slow:
            queue.stop()
        return any(not queue.is_empty for queue in slow)

    async def _end(self) -> None:
        for queue in self._hall.queues.values():
            queue.stop()
        gives_up_at = None
        while self._tasks:
            if stopping.is_stopping() and gives_up_at is None:
                gives_up_at = time.monotonic() + DRAIN_SECONDS
                for queue in self._hall.queues.values():
                    queue.pool.drop_unwritten("The worker has to stop")
            if gives_up_at is not None and time.monotonic() > gives_up_at:
                for queue in self._hall.queues.values():
                    queue.pool.drop_all("The worker had to stop before the server answered")
            await self._wait(0.05)
            self._freed.clear()

    async def _tick(self) -> None:
        while True:
            for queue in self._hall.queues.values():
                queue.pool.tick()
            await asyncio.sleep(0.05)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._freed.wait()
        except TimeoutError:
            return


def _key(lease: Lease) -> Key:
    return lease.chunk_id or (lease.kind, lease.account_id, lease.campaign_id)


def _begin(works: Works, lease: Lease) -> Portion | None:
    """Compile, and settle what dead holders left. Blocking; raises LeaseLost."""
    try:
        work = works.of(lease)
        if work is not None:
            return begin(lease, work)
        telling.pause(lease.account_id, lease.campaign_id, why="The sender was removed.")
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
