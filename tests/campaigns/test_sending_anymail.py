"""A campaign through a provider: anymail's own code against an HTTP stub on this machine."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign, CampaignEvent, Recipient
from campaigns.sending import running
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


class Provider(ThreadingHTTPServer):
    """Answers like Postmark; `status` and `error_code` can be made unfriendly."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.received: list[dict[str, Any]] = []
        self.status = 200
        self.error_code = 0


class Answer(BaseHTTPRequestHandler):
    server: Provider

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.received.append(json.loads(body))
        answer = {
            "To": "x@example.test",
            "SubmittedAt": "2026-11-03T10:00:00Z",
            "MessageID": f"m-{len(self.server.received)}",
            "ErrorCode": self.server.error_code,
            "Message": "OK",
        }
        data = json.dumps(answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    settings.ANYMAIL = {
        "POSTMARK_SERVER_TOKEN": "token",
        "POSTMARK_API_URL": f"http://127.0.0.1:{server.server_port}/",
    }
    running._engines.clear()
    yield server
    server.shutdown()
    server.server_close()
    running._engines.clear()


def launch(account: Account, count: int) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        campaign = make_running(account)
        people = make_people(account, count)
        make_planned(campaign, people)
    return campaign, people


def test_a_campaign_goes_out_through_the_provider_with_our_recipient_key(
    acme: Account, provider: Provider
) -> None:
    campaign, people = launch(acme, 3)
    running.send_chunks()
    assert counts(campaign) == {"sent": 3}
    keys = [
        {"account": str(acme.pk), "campaign": str(campaign.pk), "contact": str(person.pk)}
        for person in people
    ]
    assert sorted((mail["Metadata"] for mail in provider.received), key=str) == sorted(
        keys, key=str
    )
    headers = {header["Name"]: header["Value"] for header in provider.received[0]["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with use_account(acme):
        replies = Recipient.objects.for_account(acme).values_list("reply", flat=True)
        assert all("sent m-" in reply for reply in replies)


def test_a_busy_provider_is_tried_again_later(acme: Account, provider: Provider) -> None:
    campaign, _ = launch(acme, 1)
    provider.status = 503
    running.send_chunks()
    assert counts(campaign) == {"queued": 1}
    with use_account(acme):
        assert Recipient.objects.for_account(acme).get().trouble == "retry"


def test_a_provider_that_does_not_know_us_pauses_the_campaign(
    acme: Account, provider: Provider
) -> None:
    campaign, _ = launch(acme, 3)
    provider.status = 401
    running.send_chunks()
    assert counts(campaign) == {"queued": 3}
    with use_account(acme):
        campaign.refresh_from_db()
        assert campaign.state == "paused"
        assert "401" in campaign.paused_why
        assert CampaignEvent.objects.for_account(acme).get().what == "paused"


def test_a_provider_that_is_away_leaves_everybody_queued(acme: Account, provider: Provider) -> None:
    campaign, _ = launch(acme, 2)
    provider.shutdown()
    provider.server_close()
    running.send_chunks()
    assert counts(campaign) == {"queued": 2}
    with use_account(acme):
        assert CampaignEvent.objects.for_account(acme).get().what == "server_away"
