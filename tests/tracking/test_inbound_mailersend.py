"""MailerSend hands nothing back: what it answers on taking a mail leads its events home."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from anymail.webhooks.mailersend import MailerSendTrackingWebhookView
from django.utils import timezone

from campaigns.models import Recipient
from campaigns.sending.relays.handing import Outgoing
from campaigns.sending.transports import DjangoTransport
from mailwire.message import Mail
from mailwire.outcomes import Kind
from marketing.models import Account
from marketing.tenancy import use_account
from tests.tracking.making import make_sent_campaign
from tests.tracking.provider_shapes import mailersend
from tracking.inbound.matching import claims_of

pytestmark = pytest.mark.django_db
NAME = "62f114f8165fe0d8db0288e5"


class Far(BaseHTTPRequestHandler):
    """Takes every mail."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        for name, value in (("X-Message-Id", NAME), ("Content-Type", "text/html")):
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        """Silent."""


@pytest.fixture
def transport() -> Iterator[DjangoTransport]:
    server = HTTPServer(("127.0.0.1", 0), Far)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    url = f"http://127.0.0.1:{server.server_port}/"
    yield DjangoTransport(
        "anymail.backends.mailersend.EmailBackend", {"api_token": "x", "api_url": url}
    )
    server.shutdown()
    thread.join(20)
    server.server_close()


def test_what_it_answered_leads_its_events_to_the_recipient(
    acme: Account, transport: DjangoTransport
) -> None:
    with use_account(acme):
        campaign, (person,) = make_sent_campaign(acme)
    mail = Mail(
        from_address="news@acme.example",
        to_address=person.address,
        subject="Autumn",
        message_id="<a@mail.assent.example>",
        sent_at=timezone.now(),
        text="Bikes",
        headers=(("List-Unsubscribe", "<https://acme.example/u/x>"),),
    )
    outcome = transport.deliver(
        Outgoing(
            mail=mail,
            envelope_sender="x@mail.assent.example",
            verdict_at=time.monotonic(),
            account_id=acme.pk,
            campaign_id=campaign.pk,
            contact_id=person.pk,
        )
    )
    assert outcome.kind is Kind.ACCEPTED
    with use_account(acme):
        Recipient.objects.for_account(acme).update(reply=outcome.text)
    body = mailersend("bounced", {}, NAME)
    body["data"]["email"]["recipient"]["email"] = person.address
    event = MailerSendTrackingWebhookView(
        signing_secret="x", webhook_secret="x:y"
    ).esp_to_anymail_event(body)
    claims = claims_of(acme.pk, event)
    assert claims is not None
    assert (claims.campaign, claims.contact) == (campaign.pk, person.pk)
    assert claims_of(acme.pk + 1, event) is None
