"""The seam through which every mail leaves: SMTP, direct delivery, or any Django mail backend.

Nothing is handed over on a verdict older than two seconds: the transport itself refuses. The only
module that knows django.core.mail and, beside tracking.inbound, anymail.
"""

import smtplib
from collections.abc import Callable, Sequence
from typing import Any

from anymail.exceptions import AnymailAPIError, AnymailError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

from campaigns.sending.relays.direct import DirectTransport
from campaigns.sending.relays.handing import (
    VERDICT_SECONDS,
    Outgoing,
    Transport,
    VerdictTooOld,
    check_verdict,
)
from campaigns.sending.relays.outlets import Outlet, shared_outlet
from campaigns.sending.relays.smtp import SmtpTransport
from mailwire.outcomes import Kind, Outcome, Stage, broken_line, outcome_of

__all__ = [
    "VERDICT_SECONDS",
    "DjangoTransport",
    "Outgoing",
    "SmtpTransport",
    "Transport",
    "VerdictTooOld",
    "check_verdict",
    "transport_from_settings",
    "transport_of",
]


# They hand nothing back: their events are matched by their own name for the mail.
_WITHOUT_METADATA = {"MailerSend", "Postal"}


class DjangoTransport:
    """Any Django mail backend; anymail's get our recipient key as metadata."""

    def __init__(self, backend: str, options: dict[str, Any] | None = None) -> None:
        self._backend = backend
        self._options = options or {}

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport."""
        check_verdict(outgoing)
        if on_body is not None:
            on_body()
        try:
            connection = get_connection(self._backend, **self._options)
            message: Any = _django_message(outgoing, is_anymail=hasattr(connection, "esp_name"))
            if getattr(connection, "esp_name", "") in _WITHOUT_METADATA:
                vars(message).pop("metadata", None)
            connection.send_messages([message])
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            return _outcome_of_error(error)
        return _outcome_of_status(message)

    def deliver_many(
        self, batch: Sequence[Outgoing], on_body: Callable[[], None] | None = None
    ) -> list[Outcome]:
        """Several mails of one campaign in one call; how each ended, in their order."""
        for outgoing in batch:
            check_verdict(outgoing)
        if on_body is not None:
            on_body()
        try:
            message = _batch_message(batch)
            get_connection(self._backend, **self._options).send_messages([message])
        except Exception as error:  # noqa: BLE001 - backends raise what they like
            return [_outcome_of_error(error)] * len(batch)
        found = message.anymail_status.recipients
        return [_outcome_of_answers([found[each.mail.to_address]]) for each in batch]

    def close(self) -> None:
        """Backends open and close by themselves."""


def transport_of(outlet: Outlet) -> Transport:
    """The way out of an account that hands over one mail at a time. Raises ImproperlyConfigured."""
    if outlet.problem:
        raise ImproperlyConfigured(outlet.problem)
    if outlet.is_direct:
        return DirectTransport(mails_per_connection=outlet.mails_per_connection)
    if outlet.hops:
        return SmtpTransport(outlet.hops, mails_per_connection=outlet.mails_per_connection)
    return DjangoTransport(outlet.backend, dict(outlet.options))


def transport_from_settings() -> Transport:
    """The operator's way out. Raises ImproperlyConfigured."""
    return transport_of(shared_outlet())


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
        message.metadata = _key_of(outgoing)
    return message  # type: ignore[no-any-return]


def _batch_message(batch: Sequence[Outgoing]) -> Any:
    """One message for all of them: what is each person's own is merged by the provider."""
    mails = [outgoing.mail.as_mail() for outgoing in batch]
    message: Any = _django_message(batch[0], is_anymail=True)
    message.to = [mail.to_address for mail in mails]
    message.subject, message.body = "%recipient.subject%", "%recipient.text%"
    message.alternatives, message.extra_headers, message.metadata = [], {}, {}
    if mails[0].html:
        message.attach_alternative("%recipient.html%", "text/html")
    message.merge_data = {
        mail.to_address: {"subject": mail.subject, "text": mail.text, "html": mail.html}
        for mail in mails
    }
    message.merge_headers = {
        mail.to_address: {"Message-ID": mail.message_id, **dict(mail.headers)} for mail in mails
    }
    message.merge_metadata = {each.mail.to_address: _key_of(each) for each in batch}
    return message


def _key_of(outgoing: Outgoing) -> dict[str, str]:
    """Our recipient key: provider events name it."""
    return {
        "account": str(outgoing.account_id),
        "campaign": str(outgoing.campaign_id),
        "contact": str(outgoing.contact_id),
    }


def _quoted(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _outcome_of_status(message: Any) -> Outcome:
    """Django's own backends say nothing: handed over. Anymail's say what the provider answered."""
    status = getattr(message, "anymail_status", None)
    if status is None or not status.recipients:
        return Outcome(kind=Kind.ACCEPTED, code=250, text="Handed over")
    return _outcome_of_answers(list(status.recipients.values()))


def _outcome_of_answers(answers: list[Any]) -> Outcome:
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
