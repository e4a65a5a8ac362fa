"""The seam through which every mail leaves: SMTP by mailwire, or any Django mail backend.

Nothing is handed over on a verdict older than two seconds: the transport itself refuses. The only
module that knows django.core.mail and, beside tracking.inbound, anymail.
"""

import smtplib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from mailwire.message import Sendable
from mailwire.outcomes import Kind, Outcome, Stage, broken_line, outcome_of
from mailwire.relay import relay_from_url
from mailwire.smtp import Envelope, SmtpClient

VERDICT_SECONDS = 2.0


class VerdictTooOld(Exception):
    """A mail was handed over on a verdict that no longer counts; it did not leave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One mail on its way out. `verdict_at` is on the monotonic clock.

    `account_id`, `campaign_id`, `contact_id` are our recipient key: provider events name it.
    """

    mail: Sendable
    envelope_sender: str
    verdict_at: float
    account_id: int = 0
    campaign_id: int = 0
    contact_id: int = 0


class Transport(Protocol):
    """Hands one mail over and says how that ended; never raises for what the far end does."""

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """`on_body` is called before the far end can have the whole mail. Thread-safe."""
        ...

    def close(self) -> None:
        """Let go of the connections."""
        ...


def check_verdict(outgoing: Outgoing) -> None:
    """Raises VerdictTooOld. Every transport calls this first."""
    age = time.monotonic() - outgoing.verdict_at
    if age > VERDICT_SECONDS:
        raise VerdictTooOld(f"The verdict is {age:.1f} seconds old.")


class SmtpTransport:
    """Our own SMTP client, one connection per thread."""

    def __init__(self, url: str) -> None:
        self._relay = relay_from_url(url)
        self._mine = threading.local()
        self._clients: list[SmtpClient] = []

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport."""
        check_verdict(outgoing)
        envelope = Envelope(
            sender=outgoing.envelope_sender,
            recipient=outgoing.mail.to_address,
            message=outgoing.mail.as_bytes(),
        )
        return self._client().deliver(envelope, on_body)

    def close(self) -> None:
        """See Transport; no thread may be delivering."""
        for client in self._clients:
            client.close()

    def _client(self) -> SmtpClient:
        client: SmtpClient | None = getattr(self._mine, "client", None)
        if client is None:
            # Some servers refuse a greeting by "localhost", the name of many a machine.
            client = SmtpClient(self._relay, hello_name=settings.MAIL_DOMAIN)
            self._mine.client = client
            self._clients.append(client)
        return client


class DjangoTransport:
    """Any Django mail backend; anymail's get our recipient key as metadata."""

    def __init__(self, backend: str) -> None:
        self._backend = backend

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport."""
        check_verdict(outgoing)
        if on_body is not None:
            on_body()
        try:
            connection = get_connection(self._backend)
            message = _django_message(outgoing, is_anymail=hasattr(connection, "esp_name"))
            connection.send_messages([message])
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            return _outcome_of_error(error)
        return _outcome_of_status(message)

    def close(self) -> None:
        """Backends open and close by themselves."""


def transport_from_settings() -> Transport:
    """SMTP to EMAIL_URL if it is set, else EMAIL_BACKEND. Raises ImproperlyConfigured."""
    if settings.EMAIL_URL:
        return SmtpTransport(settings.EMAIL_URL)
    if settings.EMAIL_BACKEND:
        return DjangoTransport(settings.EMAIL_BACKEND)
    raise ImproperlyConfigured("Set EMAIL_URL or EMAIL_BACKEND: there is no way to send mail.")


def _django_message(outgoing: Outgoing, *, is_anymail: bool) -> EmailMultiAlternatives:
    """Django's backends take the envelope sender from `from_email`; providers have their own."""
    mail = outgoing.mail.as_mail()
    sender = f'"{_quoted(mail.from_name)}" <{mail.from_address}>'
    from_line = sender if mail.from_name else mail.from_address
    headers = {"Message-ID": mail.message_id, **dict(mail.headers)}
    message: Any = EmailMultiAlternatives(
        subject=mail.subject,
        body=mail.text,
        from_email=from_line if is_anymail else outgoing.envelope_sender,
        to=[mail.to_address],
        reply_to=[mail.reply_to] if mail.reply_to else None,
        headers=headers if is_anymail else headers | {"From": from_line},
    )
    if mail.html:
        message.attach_alternative(mail.html, "text/html")
    if is_anymail and outgoing.campaign_id:
        message.metadata = {
            "account": str(outgoing.account_id),
            "campaign": str(outgoing.campaign_id),
            "contact": str(outgoing.contact_id),
        }
    return message  # type: ignore[no-any-return]


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _outcome_of_status(message: Any) -> Outcome:
    """Django's own backends say nothing: handed over. Anymail's say what the provider answered."""
    status = getattr(message, "anymail_status", None)
    if status is None or not status.recipients:
        return Outcome(kind=Kind.ACCEPTED, code=250, text="Handed over")
    answers = list(status.recipients.values())
    text = "; ".join(f"{answer.status} {answer.message_id or ''}".strip() for answer in answers)
    if any(answer.status in {"invalid", "rejected", "failed"} for answer in answers):
        return Outcome(kind=Kind.REFUSED_ADDRESS, code=550, text=text, stage=Stage.RCPT)
    return Outcome(kind=Kind.ACCEPTED, code=250, text=text)


def _outcome_of_error(error: Exception) -> Outcome:
    text = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, AnymailRecipientsRefused):
        return Outcome(kind=Kind.REFUSED_ADDRESS, code=550, text=text, stage=Stage.RCPT)
    if isinstance(error, AnymailAPIError):
        return _outcome_of_answer(error)
    if isinstance(error, AnymailError | ImproperlyConfigured):
        return Outcome(kind=Kind.REFUSED_US, code=550, text=text, stage=Stage.CONNECT)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, reply = next(iter(error.recipients.values()))
        return outcome_of(code, _shown(reply), Stage.RCPT)
    if isinstance(error, smtplib.SMTPResponseException):
        stage = Stage.BODY if isinstance(error, smtplib.SMTPDataError) else Stage.HELLO
        return outcome_of(error.smtp_code, _shown(error.smtp_error), stage)
    if isinstance(error, ConnectionRefusedError | smtplib.SMTPConnectError):
        return broken_line(Stage.CONNECT, body_on_the_wire=False, text=text)
    return broken_line(Stage.BODY, body_on_the_wire=True, text=text)


def _outcome_of_answer(error: AnymailAPIError) -> Outcome:
    """A provider's HTTP answer, or none.

    401 and the like concern every mail: stop. 429 and 5xx do too, but heal: nobody's attempt, the
    batch rests. 504, or no answer at all, says nothing about what became of the mail: unknown.
    """
    code = getattr(error, "status_code", None)
    text = _words_of(error)
    if code is None or code == 504:
        not_sent = "Connect" in repr(error.__cause__) or "Resolve" in repr(error.__cause__)
        stage = Stage.CONNECT if not_sent else Stage.BODY
        return broken_line(stage, body_on_the_wire=not not_sent, text=text)
    if code in {408, 429} or code >= 500:
        return Outcome(kind=Kind.TRY_LATER, text=text, stage=Stage.CONNECT, slowly=True)
    stage = Stage.CONNECT if code in {401, 402, 403, 404} else Stage.RCPT
    return Outcome(kind=Kind.REFUSED_US, text=text, stage=stage)


def _words_of(error: AnymailAPIError) -> str:
    """ "Postmark answered 401 Unauthorized: ..."; never the key, which stands in the request."""
    name = error.esp_name or "The provider"
    answer = error.response
    if answer is None:
        return f"{name} does not answer: {error.args[0] if error.args else ''}"[:500]
    said = " ".join(answer.text.split())
    return f"{name} answered {answer.status_code} {answer.reason}: {said}"[:500].rstrip(": ")


def _shown(reply: bytes | str) -> str:
    return reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
