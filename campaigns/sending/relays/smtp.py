"""One mail at a time through the relays of an outlet: another where the first does not answer.

For login mails and tests; a campaign's mails take the pipelined engine.
"""

import threading
from collections.abc import Callable

from django.conf import settings

from campaigns.sending.relays.handing import Outgoing, check_verdict
from mailwire.outcomes import Outcome, Stage
from mailwire.relay import Relay
from mailwire.relays import Hop, Relays
from mailwire.smtp import Envelope, Patience, SmtpClient

_NOT_TRIED = {Stage.CONNECT, Stage.HELLO}


class _Mine(threading.local):
    """The connections of one thread."""

    def __init__(self) -> None:
        self.clients: dict[Relay, SmtpClient] = {}


class SmtpTransport:
    """Our own SMTP client, one connection per thread and relay."""

    def __init__(self, hops: tuple[Hop, ...], *, mails_per_connection: int = 100) -> None:
        self._relays = Relays(hops)
        self._patience = Patience(mails_per_connection=mails_per_connection)
        self._lock = threading.Lock()
        self._mine = _Mine()
        self._clients: list[SmtpClient] = []

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport. With several relays the outcome is that of the last one tried."""
        check_verdict(outgoing)
        envelope = envelope_of(outgoing)
        with self._lock:
            turn = self._relays.in_turn()
        for relay in turn:
            outcome = self._client(relay).deliver(envelope, on_body)
            is_away = outcome.stage in _NOT_TRIED
            with self._lock:
                (self._relays.failed if is_away else self._relays.answered)(relay)
            if not is_away:
                break
        return outcome

    def close(self) -> None:
        """See Transport; no thread may be delivering."""
        for client in self._clients:
            client.close()

    def _client(self, relay: Relay) -> SmtpClient:
        mine = self._mine.clients
        if relay not in mine:
            # Some servers refuse a greeting by "localhost", the name of many a machine.
            mine[relay] = SmtpClient(
                relay, hello_name=settings.MAIL_DOMAIN, patience=self._patience
            )
            self._clients.append(mine[relay])
        return mine[relay]


def envelope_of(outgoing: Outgoing) -> Envelope:
    """The mail as bytes between its two addresses. Raises ValueError, HeaderRefused."""
    return Envelope(
        sender=outgoing.envelope_sender,
        recipient=outgoing.mail.to_address,
        message=outgoing.mail.as_bytes(),
    )
