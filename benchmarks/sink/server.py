"""The sink in Python, for machines without a C compiler: `python -m benchmarks.sink.server`.

Same arguments and answers as sink.c, about a third of its speed.
"""

import asyncio
import sys
from typing import TextIO, cast

import uvloop

from benchmarks.rows import say

EHLO = b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n"


class Counter:
    """What all lines have taken."""

    def __init__(self, delay: float, record: TextIO | None) -> None:
        self.delay = delay
        self.record = record
        self.messages = 0
        self.octets = 0


class Line(asyncio.Protocol):
    """One connection."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._kept = b""
        self._is_body = False
        self._recipient = ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(b"220 sink.example ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self._counter.octets += len(data)
        self._kept += data
        replies = b"".join(iter(self._next_reply, b""))
        if replies:
            self._later(replies)

    def _later(self, replies: bytes) -> None:
        if self._counter.delay:
            loop = asyncio.get_running_loop()
            loop.call_later(self._counter.delay, self._transport.write, replies)
        else:
            self._transport.write(replies)

    def _next_reply(self) -> bytes:
        """The answer to what is complete of the input; empty when nothing more is."""
        if self._is_body:
            # The line end of DATA counts as the first of the end mark.
            at = self._kept.find(b"\r\n.\r\n")
            if at < 0:
                return b""
            self._kept = self._kept[at + 5 :]
            return self._accepted()
        command, end, rest = self._kept.partition(b"\r\n")
        if not end:
            return b""
        self._kept = rest
        return self._answer(command)

    def _answer(self, command: bytes) -> bytes:
        match command[:4].upper():
            case b"EHLO":
                return EHLO
            case b"DATA":
                self._is_body = True
                self._kept = b"\r\n" + self._kept
                return b"354 go on\r\n"
            case b"RCPT":
                self._recipient = command.decode("utf-8", "replace")
            case b"XCOU":
                return b"250 %d %d\r\n" % (self._counter.messages, self._counter.octets)
            case b"QUIT":
                self._transport.write(b"221 2.0.0 bye\r\n")
                self._transport.close()
                return b""
        return b"250 2.0.0 fine\r\n"

    def _accepted(self) -> bytes:
        self._is_body = False
        self._counter.messages += 1
        if self._counter.record is not None:
            self._counter.record.write(self._recipient + "\n")
            self._counter.record.flush()
        return b"250 2.0.0 taken\r\n"


async def main(arguments: list[str]) -> None:
    """Listen until killed; prints the port."""
    delay = float(arguments[0]) / 1000 if arguments else 0.0
    record = open(arguments[1], "a") if len(arguments) > 1 else None  # noqa: ASYNC230, SIM115, PTH123
    counter = Counter(delay, record)
    server = await asyncio.get_running_loop().create_server(lambda: Line(counter), "127.0.0.1", 0)
    say(str(server.sockets[0].getsockname()[1]))
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1:]))
