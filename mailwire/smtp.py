"""A blocking SMTP client: one mail per transaction, many per connection, a sorted outcome each.

The dialogue is plain (no pipelining yet); the outcome is decided by the reply to the final dot.
Journalling and marking belong to the caller, through `on_body` and the Outcome.
"""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType

from mailwire.outcomes import Kind, Outcome, Stage, broken_line, outcome_of
from mailwire.relay import Relay, Security

_BAD_ADDRESS = re.compile(r"[\x00-\x1f\x7f<>]")
_LONE_LINE_END = re.compile(rb"\r(?!\n)|(?<!\r)\n")
# Held back until on_body was called: with these unsent no server can have the whole message.
_LAST_OCTETS = 256


@dataclass(frozen=True, kw_only=True)
class Envelope:
    """One message to one recipient. `sender` may be empty (a null return path)."""

    sender: str
    recipient: str
    message: bytes

    def __post_init__(self) -> None:
        """Refuse what could end a command or a message early (RFC 5321 2.3.8: SMTP smuggling)."""
        if _BAD_ADDRESS.search(self.sender + self.recipient) or not self.recipient:
            raise ValueError("Not an envelope address")
        if _LONE_LINE_END.search(self.message) or not self.message.endswith(b"\r\n"):
            raise ValueError("A message has CRLF line ends only")


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Seconds to wait, and how many mails one connection carries.

    RFC 5321 4.5.3.2.6 suggests ten minutes for the final reply; what comes later is unknown.
    """

    connect: float = 15.0
    command: float = 30.0
    final_reply: float = 120.0
    mails_per_connection: int = 100


_NEEDS_SMTPUTF8 = Outcome(
    kind=Kind.REFUSED_ADDRESS,
    code=553,
    status="5.6.7",
    text="5.6.7 The address needs SMTPUTF8, which the relay does not offer",
    stage=Stage.RCPT,
)


class _Ended(Exception):
    """The transaction is over before its end; carries the outcome."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


class SmtpClient:
    """A connection to a relay that opens when needed and is used again. Not for two threads."""

    def __init__(
        self, relay: Relay, *, hello_name: str | None = None, patience: Patience | None = None
    ) -> None:
        self._relay = relay
        self._hello_name = hello_name
        self._patience = patience or Patience()
        self._server: smtplib.SMTP | None = None
        self._carried = 0

    def deliver(self, envelope: Envelope, on_body: Callable[[], None] | None = None) -> Outcome:
        """Hand one mail over and say how it ended; never raises for what the far end does.

        `on_body` is called once, just before the last bytes of the body are written: a journal
        entry made there separates "was not delivered" from "unknown".
        """
        if self._server is not None and self._carried >= self._patience.mails_per_connection:
            self.close()
        is_reused = self._server is not None
        outcome = self._attempt(envelope, on_body)
        # A kept connection that the server had closed meanwhile says nothing about this mail.
        gone = outcome.code in {0, 421} and outcome.stage is Stage.MAIL
        if is_reused and gone and outcome.kind is Kind.TRY_LATER:
            outcome = self._attempt(envelope, on_body)
        return outcome

    def close(self) -> None:
        """Say goodbye if the line still stands."""
        server, self._server, self._carried = self._server, None, 0
        if server is None:
            return
        try:
            server.quit()
        except (OSError, smtplib.SMTPException):
            server.close()

    def __enter__(self) -> "SmtpClient":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _attempt(self, envelope: Envelope, on_body: Callable[[], None] | None) -> Outcome:
        try:
            server = self._connected()
            self._announce(server, envelope)
            outcome = self._send_body(server, envelope, on_body)
        except _Ended as ended:
            outcome = ended.outcome
        if outcome.code < 200 or outcome.code == 421:
            self._drop()
        self._carried += 1
        return outcome

    def _connected(self) -> smtplib.SMTP:
        if self._server is None:
            try:
                self._server = self._connect()
            except smtplib.SMTPResponseException as error:
                text = _text(error.smtp_error)
                raise _Ended(outcome_of(error.smtp_code, text, Stage.HELLO)) from error
            except (smtplib.SMTPNotSupportedError, ssl.SSLCertVerificationError) as error:
                # Waiting heals neither: no TLS or login where we need it, or a wrong certificate.
                outcome = Outcome(kind=Kind.REFUSED_US, text=str(error), stage=Stage.HELLO)
                raise _Ended(outcome) from error
            except (OSError, smtplib.SMTPException) as error:
                outcome = broken_line(Stage.CONNECT, body_on_the_wire=False, text=str(error))
                raise _Ended(outcome) from error
            except (ValueError, OverflowError) as error:
                # Neither a name nor a port that there could be.
                text = f"The relay is unknown: {error}"
                outcome = Outcome(kind=Kind.REFUSED_US, text=text, stage=Stage.CONNECT)
                raise _Ended(outcome) from error
        return self._server

    def _connect(self) -> smtplib.SMTP:
        relay, name, wait = self._relay, self._hello_name, self._patience.connect
        context = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(relay.host, relay.port, name, timeout=wait, context=context)
            if relay.security is Security.TLS
            else smtplib.SMTP(relay.host, relay.port, name, timeout=wait)
        )
        try:
            server.ehlo_or_helo_if_needed()
            if relay.security is Security.STARTTLS:
                # starttls() forgets what EHLO said in the clear (RFC 3207 4.2).
                server.starttls(context=context)
                server.ehlo_or_helo_if_needed()
            elif relay.security is Security.MAYBE and server.has_extn("starttls"):
                # Between strangers a certificate proves nothing; without TLS it would be worse.
                server.starttls(context=_unchecked())
                server.ehlo_or_helo_if_needed()
            if relay.username:
                server.login(relay.username, relay.password)
            if server.sock is not None:
                server.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except BaseException:
            server.close()
            raise
        self._wait(server, self._patience.command)
        return server

    def _announce(self, server: smtplib.SMTP, envelope: Envelope) -> None:
        """MAIL, RCPT, DATA: raises _Ended unless the server asks for the body."""
        options = self._mail_options(server, envelope)
        self._expect(server, f"MAIL FROM:<{envelope.sender}>{options}", Stage.MAIL, 250)
        self._expect(server, f"RCPT TO:<{envelope.recipient}>", Stage.RCPT, 250)
        self._expect(server, "DATA", Stage.DATA, 354)

    def _mail_options(self, server: smtplib.SMTP, envelope: Envelope) -> str:
        options = ""
        if server.has_extn("size"):
            limit, size = _size_limit(server.esmtp_features["size"]), len(envelope.message)
            if 0 < limit < size:
                text = f"5.3.4 The relay takes at most {limit} octets"
                raise _Ended(outcome_of(552, text, Stage.RCPT))
            options += f" SIZE={size}"
        server.command_encoding = "ascii"
        if not (envelope.sender + envelope.recipient).isascii():
            if not server.has_extn("smtputf8"):
                raise _Ended(_NEEDS_SMTPUTF8)
            server.command_encoding = "utf-8"
            options += " BODY=8BITMIME SMTPUTF8"
        return options

    def _expect(self, server: smtplib.SMTP, command: str, stage: Stage, wanted: int) -> None:
        try:
            code, message = server.docmd(command)
        except (OSError, smtplib.SMTPException) as error:
            outcome = broken_line(stage, body_on_the_wire=False, text=str(error))
            raise _Ended(outcome) from error
        if code == wanted or (wanted == 250 and code == 251):
            return
        outcome = outcome_of(code, _text(message), stage)
        if outcome.code != 421:
            self._reset(server)
        raise _Ended(outcome)

    def _reset(self, server: smtplib.SMTP) -> None:
        try:
            code, _ = server.docmd("RSET")
        except (OSError, smtplib.SMTPException):
            code = 0
        if code != 250:
            self._drop()

    def _send_body(
        self, server: smtplib.SMTP, envelope: Envelope, on_body: Callable[[], None] | None
    ) -> Outcome:
        stuffed = re.sub(rb"(?m)^\.", b"..", envelope.message) + b".\r\n"
        body_on_the_wire = False
        try:
            server.send(stuffed[:-_LAST_OCTETS])
            if on_body is not None:
                on_body()
            body_on_the_wire = True
            server.send(stuffed[-_LAST_OCTETS:])
            self._wait(server, self._patience.final_reply)
            code, message = server.getreply()
            self._wait(server, self._patience.command)
        except (OSError, smtplib.SMTPException) as error:
            return broken_line(Stage.BODY, body_on_the_wire=body_on_the_wire, text=str(error))
        except BaseException:
            # The caller backed out in mid-body: without the dot nothing is delivered.
            self._drop()
            raise
        return outcome_of(code, _text(message), Stage.BODY)

    def _wait(self, server: smtplib.SMTP, seconds: float) -> None:
        if server.sock is not None:
            server.sock.settimeout(seconds)

    def _drop(self) -> None:
        if self._server is not None:
            self._server.close()
        self._server, self._carried = None, 0


def _unchecked() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _text(message: bytes | str) -> str:
    shown = message.decode("utf-8", "replace") if isinstance(message, bytes) else message
    return " ".join(shown.split())[:500]


def _size_limit(parameter: str) -> int:
    """The limit after SIZE in an EHLO answer; 0 for none."""
    first = "".join(parameter.split()[:1])
    return int(first) if first.isascii() and first.isdecimal() and len(first) < 19 else 0
