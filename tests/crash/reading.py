"""Readers who load pictures and press links, as many as the machine carries, through accidents.

Every attempt has an address of its own, so that its event can be found among those stored.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import count

CONNECTIONS = 64
PER_SECOND = 2000
PATIENCE_S = 60.0
_FIRST = int(ip_address("10.0.0.0"))
_BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"


@dataclass
class Reading:
    """What became of the attempts: status and Location by number; those without an answer."""

    answers: dict[int, tuple[int, str]] = field(default_factory=dict)
    unanswered: set[int] = field(default_factory=set)
    served: int = 0
    given_up: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Answers."""
        return len(self.answers) / max(self.seconds, 0.001)


def attempt_of(address: str) -> int:
    """The number of the attempt that came from this address."""
    return int(ip_address(address)) - _FIRST


class Readers:
    """`paths` are read once each, one after the other; `accidents` happen at shares of them."""

    def __init__(
        self, port: int, paths: Sequence[str], accidents: Sequence[tuple[float, Callable[[], None]]]
    ) -> None:
        self._port = port
        self._paths = iter(paths)
        self._total = len(paths)
        self._accidents = sorted(accidents, key=lambda each: each[0])
        self._numbers = count(1)
        self._next_at = 0.0
        self.reading = Reading()

    def read(self) -> Reading:
        """Until every path was answered or given up."""
        began = time.monotonic()
        # Accidents start processes, which die with the thread that started them: the main one.
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(lambda: asyncio.run(self._all()))
            for share, accident in self._accidents:
                while self.reading.served < share * self._total and not reading.done():
                    time.sleep(0.01)
                accident()
            reading.result()
        self.reading.seconds = time.monotonic() - began
        return self.reading

    async def _all(self) -> None:
        await asyncio.gather(*(self._reader() for _ in range(CONNECTIONS)))

    async def _reader(self) -> None:
        connection = None
        for path in self._paths:
            until = time.monotonic() + PATIENCE_S
            while time.monotonic() < until:
                await self._wait_for_turn()
                number = next(self._numbers)
                try:
                    if connection is None:
                        connection = await asyncio.open_connection("127.0.0.1", self._port)
                    self.reading.answers[number] = await _asked(*connection, path, number)
                    break
                except (OSError, EOFError, asyncio.IncompleteReadError):
                    self.reading.unanswered.add(number)
                    if connection is not None:
                        connection[1].close()
                    connection = None
                    await asyncio.sleep(0.02)
            else:
                self.reading.given_up.append(path)
            self.reading.served += 1
        if connection is not None:
            connection[1].close()

    async def _wait_for_turn(self) -> None:
        now = time.monotonic()
        self._next_at = max(self._next_at + 1 / PER_SECOND, now - 0.05)
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)


async def _asked(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, path: str, number: int
) -> tuple[int, str]:
    writer.write(
        f"GET {path} HTTP/1.1\r\nHost: t.test\r\nUser-Agent: {_BROWSER}\r\n"
        f"X-Forwarded-For: {ip_address(_FIRST + number)}\r\n\r\n".encode()
    )
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    lines = head.split("\r\n")
    headers = {
        name.lower(): value.strip()
        for name, _, value in (line.partition(":") for line in lines[1:] if line)
    }
    await reader.readexactly(int(headers["content-length"]))
    return int(lines[0].split()[1]), headers.get("location", "")
