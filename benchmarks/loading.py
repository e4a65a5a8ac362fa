"""A small HTTP load: kept connections that ask for one path after the other."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle

CONNECTIONS = 64
_HEADERS = (
    "Host: 127.0.0.1\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Firefox/145.0\r\n"
    "Accept-Language: en\r\nSec-Fetch-Dest: image\r\n\r\n"
)


class _Pace:
    """Whose turn is when: so many in a second from all connections, or as many as can be."""

    def __init__(self, per_second: float | None) -> None:
        self._step = 1 / per_second if per_second else 0.0
        self._next_at = 0.0

    def wait(self) -> float:
        """Seconds until the next turn; what is late is made up for within a twentieth of one."""
        now = time.perf_counter()
        self._next_at = max(self._next_at + self._step, now - 0.05)
        return self._next_at - now if self._step else 0.0


class _Reader(asyncio.Protocol):
    """One connection: writes a request when the answer of the last one is complete."""

    def __init__(
        self, requests: Iterator[bytes], until: float, taken: list[float], pace: _Pace
    ) -> None:
        self._requests = requests
        self._pace = pace
        self._until = until
        self._taken = taken
        self._got = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._turn()

    def data_received(self, data: bytes) -> None:
        # The picture ends with ";" and comes in one piece with its headers or right behind them.
        if not data.endswith(b";"):
            return
        now = time.perf_counter()
        self._taken.append(now - self._asked)
        if now < self._until:
            self._turn()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _turn(self) -> None:
        wait = self._pace.wait()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._ask)
        else:
            self._ask()

    def _ask(self) -> None:
        if self._transport.is_closing():
            return
        self._asked = time.perf_counter()
        self._transport.write(next(self._requests))


def load(
    port: int, paths: Sequence[str], *, seconds: float, per_second: float | None = None
) -> list[float]:
    """Seconds that each answered request took; `per_second` at most, else as many as can be."""
    requests = cycle([f"GET {path} HTTP/1.1\r\n{_HEADERS}".encode() for path in paths])
    return asyncio.run(_load(port, requests, seconds, _Pace(per_second)))


async def _load(port: int, requests: Iterator[bytes], seconds: float, pace: _Pace) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(CONNECTIONS):
        _, reader = await loop.create_connection(
            lambda: _Reader(requests, until, taken, pace), "127.0.0.1", port
        )
        readers.append(reader)
    await asyncio.wait_for(asyncio.gather(*(reader.done for reader in readers)), seconds + 30)
    return taken
