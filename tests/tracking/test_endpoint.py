"""Pixel and link over real HTTP: granian, PostgreSQL, the role assent_tracking."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, Link, Recipient
from marketing.models import Account, Contact, Standing
from marketing.tenancy import use_account
from marketing.tokens import Tokens
from tests.making import make_account, make_contact
from tracking.endpoint.answers import GIF
from tracking.models import TrackingEvent

TARGET = "https://shop.example/autumn?a=1&b=2"
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", "Accept-Language": "en"}
tokens = Tokens.from_setting(settings.TOKEN_KEY)

pytestmark = pytest.mark.django_db(transaction=True)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments, **options):
        return None


opener = urllib.request.build_opener(NoRedirect)


def fetch(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(url, method=method, headers=BROWSER | headers)
    try:
        with opener.open(request, timeout=10) as answer:
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


def database_url(user: str) -> str:
    parameters = connection.get_connection_params()
    host = quote(parameters.get("host", ""), safe="")
    return f"postgresql://{user}@/{parameters['dbname']}?host={host}"


@pytest.fixture
def endpoint(transactional_db: None) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1"]
        + ["--port", str(port), "--no-ws", "settings.tracking_app:application"],
        env=os.environ
        | {
            "TRACKING_DATABASE_URL": database_url("assent_tracking"),
            "TOKEN_KEY": settings.TOKEN_KEY,
            "REDIS_URL": settings.REDIS_URL,
        },
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(100):
            try:
                if fetch(f"{url}/health")[0] == 200:
                    break
            except OSError:
                time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def sent() -> tuple[Account, Campaign, Contact]:
    """A campaign of a US account with one link, sent to Ana."""
    account = make_account("Acme Bikes", country="US")
    with use_account(account):
        contact = make_contact(account, "ana@example.test", country="US")
        campaign = Campaign.objects.create(
            account=account,
            name="Autumn",
            track_opens=True,
            track_clicks=True,
            require_consent=False,
        )
        Link.objects.create(
            account=account, campaign=campaign, number=1, target=TARGET, label="Autumn"
        )
        Recipient.objects.create(
            account_id=account.pk,
            campaign_id=campaign.pk,
            contact_id=contact.pk,
            chunk=1,
            address=contact.address,
            address_hash=contact.address_hash,
            verdict=1,
            reason="no_consent_needed",
            prepared_at=timezone.now(),
            sent_at=timezone.now(),
        )
    return account, campaign, contact


def token_of(sent: tuple[Account, Campaign, Contact]) -> str:
    account, campaign, contact = sent
    return tokens.make("track", account.pk, campaign.pk, contact.pk)


def events(account: Account) -> list[tuple[str, int]]:
    with use_account(account):
        return list(
            TrackingEvent.objects.for_account(account).order_by("id").values_list("kind", "number")
        )


def test_a_picture_and_a_link_are_stored_before_the_answer(endpoint: str, sent) -> None:
    token = token_of(sent)
    status, body, headers = fetch(f"{endpoint}/pixel/{token}.gif")
    assert (status, body, headers["content-type"]) == (200, GIF, "image/gif")
    assert "set-cookie" not in headers
    assert events(sent[0]) == [("open", 0)]
    status, _, headers = fetch(f"{endpoint}/link/{token}/1")
    assert (status, headers["location"]) == (302, TARGET)
    assert events(sent[0]) == [("open", 0), ("click", 1)]


def test_a_withdrawal_stops_recording_for_mail_already_sent(endpoint: str, sent) -> None:
    account, _, contact = sent
    with use_account(account):
        Standing.objects.create(account=account, address_hash=contact.address_hash, tracking="no")
    token = token_of(sent)
    assert fetch(f"{endpoint}/pixel/{token}.gif")[1] == GIF
    assert fetch(f"{endpoint}/link/{token}/1")[2]["location"] == TARGET
    assert events(account) == []


def test_the_account_switch_stops_recording_too(endpoint: str, sent) -> None:
    Account.objects.filter(pk=sent[0].pk).update(tracking=False)
    assert fetch(f"{endpoint}/link/{token_of(sent)}/1")[0] == 302
    assert events(sent[0]) == []


def test_reads_only_and_clicks_only_are_two_switches(endpoint: str, sent) -> None:
    account, campaign, _ = sent
    with use_account(account):
        Campaign.objects.for_account(account).filter(pk=campaign.pk).update(track_opens=False)
    token = token_of(sent)
    fetch(f"{endpoint}/pixel/{token}.gif")
    fetch(f"{endpoint}/link/{token}/1")
    assert events(account) == [("click", 1)]


def test_heads_objections_and_odd_methods_are_not_recorded(endpoint: str, sent) -> None:
    token = token_of(sent)
    assert fetch(f"{endpoint}/pixel/{token}.gif", "HEAD")[0] == 200
    assert fetch(f"{endpoint}/link/{token}/1", "HEAD")[0] == 302
    assert fetch(f"{endpoint}/link/{token}/1", **{"Sec-GPC": "1"})[0] == 302
    assert fetch(f"{endpoint}/link/{token}/1", "OPTIONS")[0] == 405
    assert events(sent[0]) == []


def test_made_up_tokens_get_the_same_plain_answers(endpoint: str, sent) -> None:
    token = token_of(sent)
    other = make_account("Vélo Lyon", country="FR")
    foreign = tokens.make("track", other.pk, sent[1].pk, sent[2].pk)
    spoiled = token[:-1] + ("A" if token[-1] != "A" else "B")
    assert {fetch(f"{endpoint}/pixel/{t}.gif")[1] for t in (spoiled, foreign, "x" * 30)} == {GIF}
    pages = [fetch(f"{endpoint}/link/{t}/1") for t in (spoiled, foreign, "x" * 30)]
    pages.append(fetch(f"{endpoint}/link/{token}/99"))
    assert {status for status, _, _ in pages} == {404}
    assert len({body for _, body, _ in pages}) == 1
    assert events(sent[0]) == []
