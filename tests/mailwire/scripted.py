"""A scripted mail server on a thread of its own: it answers, refuses, hangs up or dawdles as told.

It reads commands one by one, so that pipelined ones are answered in order, and notes what it took.
"""

import asyncio
import base64
import re
import ssl
import threading
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from tests.ports import KeptPort

EVERYTHING = ("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8")
ADDRESS = re.compile(r"<([^>]*)>")
Answer = Callable[[str, int], str | None]  # address and how often it was asked for: a reply


@dataclass(frozen=True, slots=True)
class Taken:
    """One mail the server said 250 to, or dropped the line over."""

    address: str
    sender: str
    message_id: str
    octets: bytes
    at: float


@dataclass
class Script:
    """How the server behaves. `None` as a reply closes the line instead."""

    extensions: tuple[str, ...] = EVERYTHING
    greeting: str = "220 sink.example ready"
    delay: float = 0.0  # before each reply
    at_rcpt: Answer | None = None
    at_end: Answer | None = None  # the reply to the final dot; a 2xx means taken
    busy_after: int = 0  # 421 to the next MAIL after this many mails on a line
    close_after: int = 0  # hangs up after this many
    drop_after_dot: frozenset[str] = frozenset()
    refused_names: frozenset[str] = frozenset()
    always_354: bool = False
    replies: dict[str, str | None] = field(default_factory=dict)  # by verb
    context: ssl.SSLContext | None = None
    is_tls: bool = False  # from the first byte, else by STARTTLS
    login: tuple[str, str] | None = None
    keeps_octets: bool = True


class ScriptedSink:
    """Listens on a port that stays its own while it is away."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.connections = 0
        self.open = 0
        self.most_open = 0
        self.asked: Counter[str] = Counter()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self._kept = KeptPort()
        self.port = self._kept.number

    @property
    def url(self) -> str:
        """For EMAIL_URL."""
        return f"smtp://127.0.0.1:{self.port}"

    def copies(self) -> Counter[str]:
        """Mails taken per address."""
        return Counter(mail.address for mail in list(self.taken))

    def start(self) -> None:
        """Answer from now on."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
            self._thread.start()
        self._call(self._listen())

    def stop(self) -> None:
        """Refuse connections and cut those that are open."""
        self._call(self._cut())

    def end(self) -> None:
        """Nothing is left."""
        if self._loop is None or self._thread is None:
            return
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()
        self._loop = None
        self._kept.free()

    def _call(self, work: Coroutine[None, None, None]) -> None:
        assert self._loop is not None
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(
            self._accept,
            "127.0.0.1",
            self.port,
            limit=2**20,
            ssl=self.script.context if self.script.is_tls else None,
        )

    async def _cut(self) -> None:
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None
        while others := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in others:  # conversations, and connections about to become one
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
        await asyncio.sleep(0)  # transports that were closed let go of their sockets

    async def _accept(self, read: asyncio.StreamReader, write: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._talks.add(task)
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await Talk(self, read, write).hold()
        finally:
            self.open -= 1
            self._talks.discard(task)
            write.close()


class Talk:
    """One conversation."""

    def __init__(
        self, sink: ScriptedSink, read: asyncio.StreamReader, write: asyncio.StreamWriter
    ) -> None:
        self._sink = sink
        self._script = sink.script
        self._read = read
        self._write = write
        self._sender = ""
        self._address = ""
        self._is_secure = sink.script.is_tls
        self._took = 0

    async def hold(self) -> None:
        """Until somebody hangs up."""
        await self._say(self._script.greeting)
        while line := await self._read.readline():
            command = line.decode().rstrip("\r\n")
            self._sink.commands.append(command)
            reply = await self._reply_to(command)
            if reply is None:
                return
            await self._say(reply)
            if reply.startswith("354") and not await self._body():
                return
            if reply.startswith("221"):
                return

    async def _say(self, reply: str) -> None:
        if self._script.delay:
            await asyncio.sleep(self._script.delay)
        self._write.write(reply.encode() + b"\r\n")
        await self._write.drain()

    async def _reply_to(self, command: str) -> str | None:
        verb, _, rest = command.partition(" ")
        verb = verb.upper()
        if verb in self._script.replies:
            return self._script.replies[verb]
        handler = {
            "EHLO": self._hello,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "STARTTLS": self._starttls,
            "AUTH": self._auth,
        }.get(verb)
        if handler is not None:
            return await handler(rest)
        if verb == "RSET":
            self._address = ""
        return "221 2.0.0 bye" if verb == "QUIT" else "250 2.0.0 fine"

    async def _hello(self, name: str) -> str:
        if name in self._script.refused_names:
            return "550 5.7.1 I do not talk to that name"
        extensions = [*self._script.extensions]
        if self._script.context is not None and not self._is_secure:
            extensions.append("STARTTLS")
        names = ["sink.example", *extensions]
        marks = ["-"] * (len(names) - 1) + [" "]
        return "\r\n".join(f"250{m}{n}" for m, n in zip(marks, names, strict=True))

    async def _mail(self, rest: str) -> str | None:
        if self._script.busy_after and self._took >= self._script.busy_after:
            await self._say("421 4.7.0 enough for one connection")
            return None
        found = ADDRESS.search(rest)
        self._sender, self._address = found[1] if found else "", ""
        return "250 2.1.0 fine"

    async def _rcpt(self, rest: str) -> str | None:
        found = ADDRESS.search(rest)
        address = found[1] if found else ""
        self._sink.asked[address] += 1
        at_rcpt = self._script.at_rcpt
        reply = at_rcpt(address, self._sink.asked[address]) if at_rcpt else "250 2.1.5 fine"
        if reply is not None and reply.startswith("25"):
            self._address = address
        return reply

    async def _data(self, rest: str) -> str:
        if self._address or self._script.always_354:
            return "354 go on"
        return "503 5.5.1 nobody to write to"

    async def _body(self) -> bool:
        """Read a body and answer it; False when the line is to be closed."""
        lines = []
        while (line := await self._read.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line[1:] if line.startswith(b".") else line)
        address, self._address = self._address, ""
        if not address:
            await self._say("554 5.5.1 no valid recipients")
            return True
        at_end = self._script.at_end
        reply = at_end(address, self._sink.asked[address]) if at_end else "250 2.0.0 taken"
        if reply is None or reply.startswith("2"):
            self._note(address, b"".join(lines))
        if reply is None or address in self._script.drop_after_dot:
            return False
        self._took += 1
        await self._say(reply)
        return not (self._script.close_after and self._took >= self._script.close_after)

    def _note(self, address: str, octets: bytes) -> None:
        found = re.search(rb"(?im)^message-id: *(\S+)", octets)
        name = found[1].decode() if found else ""
        kept = octets if self._script.keeps_octets else b""
        self._sink.taken.append(Taken(address, self._sender, name, kept, time.monotonic()))

    async def _starttls(self, rest: str) -> str | None:
        if self._script.context is None:
            return "502 5.5.1 no"
        await self._say("220 2.0.0 go ahead")
        await self._write.start_tls(self._script.context)
        self._is_secure = True
        line = await self._read.readline()
        self._sink.commands.append(line.decode().rstrip("\r\n"))
        return await self._reply_to(line.decode().rstrip("\r\n")) if line else None

    async def _auth(self, rest: str) -> str:
        words = rest.split(" ")
        if words[0].upper() == "LOGIN":
            await self._say("334 VXNlcm5hbWU6")
            name = (await self._read.readline()).strip()
            await self._say("334 UGFzc3dvcmQ6")
            secret = (await self._read.readline()).strip()
            said = (_plain(name), _plain(secret))
        else:
            parts = _plain(words[1].encode()).split("\0")
            said = (parts[1], parts[2])
        return "235 2.7.0 welcome" if said == self._script.login else "535 5.7.8 wrong"


def _plain(word: bytes) -> str:
    return base64.b64decode(word).decode()


@contextmanager
def scripted(script: Script | None = None) -> Iterator[ScriptedSink]:
    """A server that listens until the block ends."""
    sink = ScriptedSink(script)
    sink.start()
    try:
        yield sink
    finally:
        sink.end()
