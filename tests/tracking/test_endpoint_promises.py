"""What the endpoint promises: headers, tokens, parallel requests, withdrawal at once, own hosts."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, CampaignTotals, Measuring
from marketing.models import Account, Contact
from marketing.signing import choices_url
from marketing.tenancy import use_account
from tests.making import make_account
from tests.tracking.conftest import TARGET
from tests.tracking.serving import fetch, running_endpoint, tokens
from tests.tracking.test_endpoint import events, token_of
from tracking.endpoint.answers import GIF
from tracking.folding.folding import fold

pytestmark = pytest.mark.django_db(transaction=True)

Sent = tuple[Account, Campaign, Contact]
NEVER_STORED = "no-store, no-cache, must-revalidate, private, max-age=0"
SERVERS_OWN = {"date", "server", "connection"}  # granian's


def test_the_picture_has_exactly_these_headers(endpoint: str, sent: Sent) -> None:
    wanted = {
        "content-type": "image/gif",
        "content-length": "43",
        "cache-control": NEVER_STORED,
        "pragma": "no-cache",
        "expires": "0",
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "cross-origin",
    }
    for method in ("GET", "HEAD"):
        for token in (token_of(sent), "x" * 40):
            status, body, headers = fetch(f"{endpoint}/pixel/{token}.gif", method)
            assert status == 200
            assert body == (GIF if method == "GET" else b"")
            assert {k: v for k, v in headers.items() if k not in SERVERS_OWN} == wanted


def test_a_link_has_exactly_these_headers(endpoint: str, sent: Sent) -> None:
    for method in ("GET", "HEAD"):
        status, body, headers = fetch(f"{endpoint}/link/{token_of(sent)}/1", method)
        assert (status, body) == (302, b"")
        assert {k: v for k, v in headers.items() if k not in SERVERS_OWN} == {
            "location": TARGET,
            "content-length": "0",
            "cache-control": NEVER_STORED,
            "referrer-policy": "no-referrer",
            "x-robots-tag": "noindex",
            "x-content-type-options": "nosniff",
        }


@pytest.mark.parametrize(
    "headers", [{"Sec-GPC": "1"}, {"DNT": "1"}, {"DNT": "1", "Sec-GPC": "0"}], ids=str
)
def test_who_objects_by_signal_is_led_on_and_not_recorded(
    endpoint: str, sent: Sent, headers: dict[str, str]
) -> None:
    status, _, answered = fetch(f"{endpoint}/link/{token_of(sent)}/1", **headers)
    assert (status, answered["location"]) == (302, TARGET)
    fetch(f"{endpoint}/pixel/{token_of(sent)}.gif", **headers)
    assert events(sent[0]) == []


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"])
def test_odd_methods_are_refused_and_not_recorded(endpoint: str, sent: Sent, method: str) -> None:
    assert fetch(f"{endpoint}/link/{token_of(sent)}/1", method)[0] == 405
    assert fetch(f"{endpoint}/pixel/{token_of(sent)}.gif", method)[0] == 405
    # Not even a page of ours that lives on another host.
    assert fetch(f"{endpoint}/u/{token_of(sent)}", method)[0] == 404
    assert events(sent[0]) == []


def test_none_of_a_thousand_changed_tokens_is_valid_but_another_link_number_is(
    sent: Sent,
) -> None:
    chance = random.Random(1)
    token = token_of(sent)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    changed: set[str] = set()
    while len(changed) < 1000:
        spoiled = list(token)
        for _ in range(chance.choice((1, 1, 1, 2, 5))):
            spoiled[chance.randrange(len(spoiled))] = chance.choice(letters)
        text = "".join(spoiled)[: len(token) - chance.choice((0, 0, 0, 1, 2))]
        if text != token:
            changed.add(text)
    assert [text for text in changed if tokens.read("track", text) is not None] == []
    assert tokens.read("leave", token) is None, "nor for another purpose"


def test_a_hundred_parallel_requests_of_one_person_are_one_view(endpoint: str, sent: Sent) -> None:
    url = f"{endpoint}/pixel/{token_of(sent)}.gif"
    with ThreadPoolExecutor(20) as pool:
        assert {answer[0] for answer in pool.map(lambda _: fetch(url), range(100))} == {200}
    assert events(sent[0]) == [("open", 0)] * 100
    fold(sent[0].pk)
    with use_account(sent[0]):
        totals = CampaignTotals.objects.for_account(sent[0]).get()
    people = totals.viewers + totals.machine_only + totals.unsure_only
    assert people == 1


@pytest.mark.flaky(reruns=1)  # a machine may stall for a second; ours would do so twice
def test_what_was_stopped_by_the_page_is_not_recorded_any_more_at_once(
    endpoint: str, sent: Sent
) -> None:
    """Mail that was delivered long ago, the page's own button, no waiting in between."""
    account, campaign, contact = sent
    token = token_of(sent)
    assert fetch(f"{endpoint}/link/{token}/1")[0] == 302
    before = events(account)
    page = choices_url(account.pk, campaign.pk, contact.pk)
    answer = Client().post(page, {"stop": "tracking"})
    assert answer.status_code in (200, 302, 303), answer
    began = time.monotonic()
    assert fetch(f"{endpoint}/pixel/{token}.gif")[1] == GIF
    assert fetch(f"{endpoint}/link/{token}/1")[2]["location"] == TARGET
    took = time.monotonic() - began
    assert events(account) == before
    assert took <= 1, "both were asked and answered within a second of the press"


def test_on_an_own_host_only_its_accounts_tokens_work(transactional_db: None, sent: Sent) -> None:
    account, campaign, contact = sent
    other = make_account("Vélo Lyon", country="US")
    hosts = {other: ("news.velo.example", True), account: ("news.acme.example", False)}
    for owner, (host, is_proved) in hosts.items():
        with use_account(owner):
            Measuring.objects.create(
                account=owner, host=host, host_verified_at=timezone.now() if is_proved else None
            )
    token = tokens.make("track", account.pk, campaign.pk, contact.pk)
    with running_endpoint() as endpoint:

        def asked(host: str) -> int:
            assert fetch(f"{endpoint}/pixel/{token}.gif", Host=host)[1] == GIF
            return fetch(f"{endpoint}/link/{token}/1", Host=host)[0]

        assert asked("news.velo.example") == 404
        assert asked("NEWS.velo.example:443") == 404
        assert events(account) == [], "nor recorded"
        assert asked("news.acme.example") == 302, "not proved: like everybody's"
        assert asked("127.0.0.1") == 302
