"""Campaigns by every way out: several relays, an account's own, the receivers' own servers."""

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import pytest

from campaigns.models import Campaign, OwnRelay, Recipient, SendingLimit
from campaigns.sending import running
from campaigns.sending.rates import groups, limits
from campaigns.sending.relays import outlets, sealing
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.provider import listening
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.mailwire.names import name_server
from tests.mailwire.scripted import EVERYTHING, Script, scripted
from tests.making import make_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "", ""
    forget()
    yield
    forget()


def forget() -> None:
    for engine in running._engines.values():
        engine.close()
    running._engines.clear()
    outlets._kept.clear()
    limits._kept.clear()
    groups._directories.clear()


def launch(account: Account, people: int) -> Campaign:
    with use_account(account):
        campaign = make_running(account)
        make_planned(campaign, make_people(account, people, country="US"))
    return campaign


def send_until(campaign: Campaign, expected: dict[str, int]) -> None:
    until = time.monotonic() + 180
    while counts(campaign) != expected:
        assert time.monotonic() < until, counts(campaign)
        running.send_chunks()


def bring_own(account: Account, secret: str, **fields: Any) -> None:
    with use_account(account):
        OwnRelay.objects.create(
            account=account,
            shown="its own",
            secret=sealing.seal(account.pk, secret),
            **({"kind": "smtp"} | fields),
        )
    outlets.forget(account.pk)


def test_another_relay_takes_what_the_first_does_not_answer_for(
    acme: Account, settings: Any
) -> None:
    with scripted() as there, scripted() as away:
        away.stop()
        settings.EMAIL_URL = f"{away.url}?weight=5, {there.url}"
        campaign = launch(acme, 20)
        send_until(campaign, {"sent": 20})
        assert len(there.copies()) == 20
        assert set(there.copies().values()) == {1}
        forget()


def test_two_relays_share_the_lines(acme: Account, settings: Any) -> None:
    with scripted(Script(delay=0.02)) as one, scripted(Script(delay=0.02)) as two:
        settings.EMAIL_URL = f"{one.url}, {two.url}"
        settings.SENDING_CONNECTIONS = 8
        campaign = launch(acme, 120)
        send_until(campaign, {"sent": 120})
        taken = one.copies() + two.copies()
        assert len(taken) == 120
        assert set(taken.values()) == {1}
        assert one.copies()
        assert two.copies()
        forget()


def test_an_account_sends_by_its_own_relay_and_its_trouble_is_its_own(
    acme: Account, settings: Any
) -> None:
    script = Script(extensions=(*EVERYTHING, "AUTH PLAIN LOGIN"), login=("acme", "right"))
    with scripted() as house, scripted(script) as own:
        settings.EMAIL_URL = house.url
        bring_own(acme, f"smtp://acme:wrong@127.0.0.1:{own.port}")
        mine, theirs = launch(acme, 5), launch(make_account("Lamps"), 5)
        send_until(theirs, {"sent": 5})
        assert counts(mine) == {"queued": 5}
        with use_account(acme):
            mine.refresh_from_db()
            assert mine.state == "paused"
            assert "user name or password" in mine.paused_why
            OwnRelay.objects.all().delete()
        bring_own(acme, f"smtp://acme:right@127.0.0.1:{own.port}")
        with use_account(acme):
            Campaign.objects.filter(pk=mine.pk).update(state="sending", paused_why="")
        send_until(mine, {"sent": 5})
        assert len(own.copies()) == 5
        assert len(house.copies()) == 5
        forget()


def test_an_own_provider_beside_the_houses_relay(acme: Account, settings: Any) -> None:
    with scripted() as house, listening() as provider:
        settings.EMAIL_URL = house.url
        settings.ANYMAIL = {"POSTMARK_API_URL": provider.anymail["POSTMARK_API_URL"]}
        bring_own(acme, "pm-key", kind="provider", provider="postmark")
        mine, theirs = launch(acme, 3), launch(make_account("Lamps"), 3)
        send_until(mine, {"sent": 3})
        send_until(theirs, {"sent": 3})
        assert len(provider.received) == 3
        assert len(house.copies()) == 3
        with use_account(acme):
            replies = Recipient.objects.for_account(acme).values_list("reply", flat=True)
            assert all("m-" in reply for reply in replies)  # the provider's message id
        forget()


def test_a_providers_mails_keep_to_the_rate(acme: Account, settings: Any) -> None:
    with listening() as provider:
        settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
        settings.ANYMAIL = provider.anymail
        campaign = launch(acme, 8)
        with use_account(acme):
            SendingLimit.objects.create(account=acme, scope="account", mails=4, seconds=3)
        began = time.monotonic()
        send_until(campaign, {"sent": 8})
        assert time.monotonic() - began >= 3
        assert len(provider.received) == 8
        forget()


def test_direct_delivery_tells_receivers_apart(acme: Account, settings: Any) -> None:
    zone = {
        ("example.test", "MX"): ["10 mx.example.test."],
        ("mx.example.test", "A"): ["127.0.0.1"],
    }
    with scripted() as receiver, name_server(zone) as names:
        settings.EMAIL_URL = "direct:"
        settings.DNS_SERVERS = names.setting
        settings.DIRECT_PORT, settings.DIRECT_TO_PRIVATE = receiver.port, True
        campaign = launch(acme, 6)
        with use_account(acme):
            first = Recipient.objects.for_account(acme).order_by("contact_id").first()
            assert first is not None
            rows = Recipient.objects.for_account(acme).filter(contact_id=first.contact_id)
            rows.update(address="p1@nowhere.test")
        send_until(campaign, {"sent": 5, "queued": 1})
        assert len(receiver.copies()) == 5
        with use_account(acme):
            late = rows.get()
            assert (late.trouble, Counter([late.reply[:9]])) == ("retry", Counter(["451 4.4.3"]))
        forget()


class Mailgun(BaseHTTPRequestHandler):
    """Takes a form with everybody's own words, as Mailgun does."""

    calls: ClassVar[list[dict[str, list[str]]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.calls.append(parse_qs(body))
        data = b'{"id": "<batch-1@mg.test>", "message": "Queued. Thank you."}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def test_a_provider_that_merges_gets_many_people_in_one_call(acme: Account, settings: Any) -> None:
    Mailgun.calls.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Mailgun)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.EMAIL_BACKEND = "anymail.backends.mailgun.EmailBackend"
    settings.ANYMAIL = {
        "MAILGUN_API_KEY": "key",
        "MAILGUN_API_URL": f"http://127.0.0.1:{server.server_port}/v3",
        "MAILGUN_SENDER_DOMAIN": "acme.test",
    }
    try:
        campaign = launch(acme, 7)
        send_until(campaign, {"sent": 7})
    finally:
        forget()
        server.shutdown()
        server.server_close()
    assert len(Mailgun.calls) == 1
    (call,) = Mailgun.calls
    own = json.loads(call["recipient-variables"][0])
    assert sorted(own) == [f"p{n}@example.test" for n in range(1, 8)]
    first = own["p1@example.test"]
    assert first["subject"] == "News for P1"
    assert "Hello P1" in first["html"]
    assert first["text"] != own["p2@example.test"]["text"]
    with use_account(acme):
        rows = Recipient.objects.for_account(acme)
        ids = {row.address: str(row.contact_id) for row in rows}
        assert all("<batch-1@mg.test>" in row.reply for row in rows)
    assert {address: mine["v:contact"] for address, mine in own.items()} == ids
    assert len({mine["h:Message-Id"] for mine in own.values()}) == 7
    assert all("/u/" in mine["h:List-Unsubscribe"] for mine in own.values())
