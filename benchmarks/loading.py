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


class _Reader(asyncio.Protocol):
    """One connection: writes a request when the answer of the last one is complete."""

    def __init__(self, requests: Iterator[bytes], until: float, taken: list[float]) -> None:
        self._requests = requests
        self._until = until
        self._taken = taken
        self._got = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        # The picture ends with ";" and comes in one piece with its headers or right behind them.
        if not data.endswith(b";"):
            return
        now = time.perf_counter()
        self._taken.append(now - self._asked)
        if now < self._until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)

    def _ask(self) -> None:
        self._asked = time.perf_counter()
        self._transport.write(next(self._requests))


def load(port: int, paths: Sequence[str], *, seconds: float) -> list[float]:
    """Seconds that each answered request took."""
    requests = cycle([f"GET {path} HTTP/1.1\r\n{_HEADERS}".encode() for path in paths])
    return asyncio.run(_load(port, requests, seconds))


async def _load(port: int, requests: Iterator[bytes], seconds: float) -> list[float]:
    taken: list[float] = []
    until = time.perf_counter() + seconds
    loop = asyncio.get_running_loop()
    readers = []
    for _ in range(CONNECTIONS):
        _, reader = await loop.create_connection(
            lambda: _Reader(requests, until, taken), "127.0.0.1", port
        )
        readers.append(reader)
    await asyncio.wait_for(asyncio.gather(*(reader.done for reader in readers)), seconds + 30)
    return taken
