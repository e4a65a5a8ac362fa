"""Delivery to each receiver's own servers, without a relay: null MX, fall-back, the next host.

Off unless EMAIL_URL is "direct:"; docs/sending.md says what it needs. A receiver that is away is
its people's attempt, never a reason to stop everybody.
"""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings

from campaigns.sending.rates import storing
from campaigns.sending.rates.groups import directory, resolver
from campaigns.sending.relays.handing import Outgoing, check_verdict
from campaigns.sending.relays.smtp import envelope_of
from mailwire.exchangers import Found, addresses_of
from mailwire.outcomes import Kind, Outcome, Stage, broken_line, outcome_of
from mailwire.relay import Relay, Security
from mailwire.smtp import Patience, SmtpClient

MOST_HOSTS = 3
MOST_KEPT = 20  # connections of one thread
SECOND_LOOK_SECONDS = 3600
_ITS_SERVER = {Stage.CONNECT, Stage.HELLO, Stage.MAIL}


class _Mine(threading.local):
    """The connections of one thread."""

    def __init__(self) -> None:
        self.clients: dict[str, SmtpClient] = {}


class DirectTransport:
    """One connection per thread and host, the latest ones kept."""

    def __init__(self, *, mails_per_connection: int = 100) -> None:
        self._patience = Patience(mails_per_connection=mails_per_connection)
        self._mine = _Mine()
        self._clients: list[SmtpClient] = []

    def deliver(self, outgoing: Outgoing, on_body: Callable[[], None] | None = None) -> Outcome:
        """See Transport."""
        check_verdict(outgoing)
        domain = outgoing.mail.to_address.rpartition("@")[2].lower()
        found = directory().exchangers(domain)
        if found.found is not Found.HOSTS:
            return _nowhere(domain, found.found)
        envelope = envelope_of(outgoing)
        outcome = broken_line(Stage.RCPT, body_on_the_wire=False, text=f"No host of {domain}")
        for address in _addresses(found.hosts[:MOST_HOSTS]):
            outcome = self._client(address).deliver(envelope, on_body)
            if outcome.stage is not Stage.CONNECT:
                break
        return _its_own(outcome)

    def close(self) -> None:
        """See Transport; no thread may be delivering."""
        for client in self._clients:
            client.close()

    def _client(self, address: str) -> SmtpClient:
        mine = self._mine.clients
        if address not in mine:
            if len(mine) >= MOST_KEPT:
                oldest = mine.pop(next(iter(mine)))
                oldest.close()
                self._clients.remove(oldest)
            port = settings.DIRECT_PORT
            relay = Relay(host=address, port=port, security=Security.MAYBE)
            mine[address] = SmtpClient(
                relay, hello_name=settings.MAIL_DOMAIN, patience=self._patience
            )
            self._clients.append(mine[address])
        return mine[address]


def _addresses(hosts: tuple[str, ...]) -> list[str]:
    """Where to connect, in order. An MX that points into our own network is nobody's server."""
    may_be_private = settings.DIRECT_TO_PRIVATE
    found = [address for host in hosts for address in addresses_of(host, resolver())]
    return [each for each in found if may_be_private or ipaddress.ip_address(each).is_global]


def _nowhere(domain: str, found: Found) -> Outcome:
    """RFC 7505: a null MX fails at once. An unknown domain is looked up again an hour later."""
    if found is Found.NONE:
        return outcome_of(556, f"5.1.10 {domain} takes no mail (null MX)", Stage.RCPT)
    if found is Found.NO_DOMAIN and _is_second_look(domain):
        return outcome_of(550, f"5.1.2 There is no mail domain {domain}", Stage.RCPT)
    words = "is not known" if found is Found.NO_DOMAIN else "can not be looked up"
    return outcome_of(451, f"4.4.3 {domain} {words}; it is looked up again", Stage.RCPT)


def _is_second_look(domain: str) -> bool:
    """The domain was unknown an hour ago already, to any worker."""
    try:
        return storing.seconds_since_first(storing.key("nx", domain)) >= SECOND_LOOK_SECONDS
    except storing.StoreAway:
        return False


def _its_own(outcome: Outcome) -> Outcome:
    """What one receiver's server says at the door is about its people, not about the batch."""
    if outcome.stage not in _ITS_SERVER:
        return outcome
    is_slow = outcome.code in {0, 421} and outcome.kind is Kind.TRY_LATER
    return replace(outcome, stage=Stage.RCPT, slowly=outcome.slowly or is_slow)
