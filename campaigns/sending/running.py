"""The slice: what Celery's tasks call. One engine per process, made after the fork."""

import os
import threading
from collections.abc import Callable

from django.conf import settings

from campaigns.sending import due, stopping, sweeping
from campaigns.sending.engine.slices import Hall, Take
from campaigns.sending.leasing import Lease, Rota
from campaigns.sending.relays.otherwise import Otherwise
from campaigns.sending.relays.outlets import Outlet
from campaigns.sending.transports import transport_from_settings

SLICE_SECONDS = 5.0


class Engine:
    """What one process keeps between slices: connections, threads, whose turn it is."""

    make_other: Callable[[Outlet], Otherwise] = Otherwise

    def __init__(self) -> None:
        self.transport = transport_from_settings()  # of login mails and test sends
        self.rota = Rota()
        self.turns = due.Turns()
        self.hall = Hall(self._send_otherwise)
        self._others: dict[str, Otherwise] = {}
        self._making = threading.Lock()  # two leases of one outlet begin in two threads

    def close(self) -> None:
        """Let go of threads and connections."""
        self.hall.close()
        for other in self._others.values():
            other.close()
        self.transport.close()

    def _send_otherwise(
        self, lease: Lease, outlet: Outlet, is_over: Callable[[], bool]
    ) -> float | None:
        """By a provider's API or to the receivers' own servers: in a thread of the engine."""
        return self._other_of(outlet).send(lease, is_over)

    def _other_of(self, outlet: Outlet) -> Otherwise:
        with self._making:
            other = self._others.get(outlet.key)
            if other is None or other.outlet != outlet:
                other = self._others[outlet.key] = self.make_other(outlet)
        return other


_engines: dict[tuple[int, str, str], Engine] = {}


def engine() -> Engine:
    """This process's engine; made after the fork, and anew when the settings change."""
    key = (os.getpid(), settings.EMAIL_URL, settings.EMAIL_BACKEND)
    if key not in _engines:
        _engines.clear()
        _engines[key] = Engine()
        sweeping.sweep()  # each process once, so that every host's folder is kept small
    return _engines[key]


def send_chunks(*, seconds: float = SLICE_SECONDS) -> bool:
    """Send open chunks for one slice. True when there may be more to do at once."""
    running = engine()
    return _slice(running, running.rota.lease, seconds)


def send_due(*, seconds: float = SLICE_SECONDS) -> bool:
    """Send rows that are due by themselves, for one slice. True when there may be more."""
    running = engine()
    return _slice(running, running.turns.lease, seconds)


def _slice(running: Engine, take: Take, seconds: float) -> bool:
    with stopping.own_signals():
        return running.hall.run(take, seconds)
