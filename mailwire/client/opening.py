"""Opening a line: connection, greeting, EHLO, STARTTLS, login. Ends with what the server offers.

Certificates are always checked. A server that offers no TLS or no login where we need it is never
used in the clear.
"""

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass

from mailwire.client.line import Line
from mailwire.client.owner import Owner
from mailwire.client.replies import Features, Garbled, features_of, shown
from mailwire.outcomes import Kind, Outcome, Stage, broken_line, outcome_of
from mailwire.relay import Relay, Security

# The line broke: nothing is wrong with the TLS of either side.
_BROKEN_TLS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


class OpeningFailed(Exception):
    """No line to this relay now; the outcome says whether waiting may help."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


@dataclass(frozen=True, kw_only=True)
class Way:
    """How lines to one relay are opened."""

    relay: Relay
    hello_name: str
    seconds: float = 15.0
    most: int = 100
    context: ssl.SSLContext | None = None


async def open_line(owner: Owner, way: Way, *, is_plain: bool = False) -> Line:
    """A line that is open; `go_on` lets it ask its owner for letters. Raises OpeningFailed."""
    line = Line(owner, most=way.most)
    try:
        async with asyncio.timeout(way.seconds):
            opening = _Opening(line, way)
            await opening.connect()
            features = await opening.introduce()
    except BaseException as error:
        line.on_opening = None
        line.drop("Not opened")
        failure = _failure(error)
        if failure is None:
            raise
        raise OpeningFailed(failure) from error
    line.opened(features, is_plain=is_plain)
    return line


class _Refused(Exception):
    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class _Opening:
    """One reply at a time, until the owner takes over."""

    def __init__(self, line: Line, way: Way) -> None:
        self._line = line
        self._way = way
        self._loop = asyncio.get_running_loop()
        self._reply: asyncio.Future[tuple[int, bytes]] = self._loop.create_future()
        line.on_opening = self._heard

    async def connect(self) -> None:
        """Connect and read the greeting."""
        relay = self._way.relay
        is_tls = relay.security is Security.TLS
        transport, _ = await self._loop.create_connection(
            lambda: self._line,
            relay.host,
            relay.port,
            ssl=self._context() if is_tls else None,
            server_hostname=relay.host if is_tls else None,
        )
        connected = transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._check(await self._next(), 220)

    async def introduce(self) -> Features:
        """EHLO (HELO where it is refused), TLS and login as the relay's URL asks."""
        relay = self._way.relay
        features = await self._hello()
        if relay.security is Security.STARTTLS:
            if not features.starttls:
                raise _refused("The relay does not offer STARTTLS; nothing is sent in the clear")
            self._check(await self._ask(b"STARTTLS"), 220)
            await self._start_tls()
            features = await self._hello()  # what was said in the clear counts for nothing
        if relay.username:
            await self._log_in(features)
        return features

    async def _hello(self) -> Features:
        name = self._way.hello_name.encode("idna") if self._way.hello_name else b"[127.0.0.1]"
        code, text = await self._ask(b"EHLO " + name)
        if code == 250:
            return features_of(text)
        if 500 <= code < 600:
            self._check(await self._ask(b"HELO " + name), 250)
            return Features()
        raise _Refused(outcome_of(code, shown(text), Stage.HELLO))

    async def _start_tls(self) -> None:
        plain = self._line.transport
        if plain is None:
            raise ConnectionError("The server closed the connection")
        transport = await self._loop.start_tls(
            plain, self._line, self._context(), server_hostname=self._way.relay.host
        )
        if transport is None:
            raise ConnectionError("The server closed the connection")
        self._line.replaced(transport)

    async def _log_in(self, features: Features) -> None:
        relay = self._way.relay
        reply = (0, b"")
        if "PLAIN" in features.logins:
            secret = f"\0{relay.username}\0{relay.password}".encode()
            reply = await self._ask(b"AUTH PLAIN " + base64.b64encode(secret))
        # 504: a mechanism that was offered and is not there after all.
        if reply[0] in {0, 504} and "LOGIN" in features.logins:
            reply = await self._ask(b"AUTH LOGIN")
            for word in (relay.username, relay.password):
                if reply[0] == 334:
                    reply = await self._ask(base64.b64encode(word.encode()))
        if reply[0] == 0:
            raise _refused("The relay offers no login that we know (PLAIN, LOGIN)")
        self._check(reply, 235)

    async def _ask(self, command: bytes) -> tuple[int, bytes]:
        self._reply = self._loop.create_future()
        self._line.write(command + b"\r\n")
        return await self._next()

    async def _next(self) -> tuple[int, bytes]:
        return await self._reply

    def _heard(self, code: int, text: bytes, error: Exception | None) -> None:
        if self._reply.done():
            return
        if error is not None:
            self._reply.set_exception(error)
        else:
            self._reply.set_result((code, text))

    def _check(self, reply: tuple[int, bytes], wanted: int) -> None:
        code, text = reply
        if code != wanted:
            raise _Refused(outcome_of(code, shown(text), Stage.HELLO))

    def _context(self) -> ssl.SSLContext:
        return self._way.context or ssl.create_default_context()


def _refused(text: str) -> _Refused:
    return _Refused(Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.HELLO))


def _failure(error: BaseException) -> Outcome | None:
    """Waiting heals neither a wrong certificate nor an unknown name. None: we were cancelled."""
    if isinstance(error, _Refused):
        return error.outcome
    if isinstance(error, ssl.SSLCertVerificationError):
        text = f"The certificate of the relay is not valid: {error.verify_message}"
        return Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.HELLO)
    if isinstance(error, ssl.SSLError) and not isinstance(error, _BROKEN_TLS):
        text = f"No TLS with the relay: {error.reason or error}"
        return Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.HELLO)
    if isinstance(error, UnicodeError) or (
        isinstance(error, socket.gaierror) and error.errno == socket.EAI_NONAME
    ):
        text = "The name of the relay is unknown"
        return Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.CONNECT)
    if isinstance(error, OSError | Garbled | EOFError):
        text = str(error) or "No answer in time"
        return broken_line(Stage.CONNECT, body_on_the_wire=False, text=text)
    if isinstance(error, Exception):  # a port beyond all: told, or it is tried for ever
        text = f"No line to the relay can be opened: {error}"
        return Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.CONNECT)
    return None
