"""Scanners, guessers and a database that is away: nothing changes, and what is said is true."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from consent.answering import limiting
from consent.models import ConsentRequest
from marketing.models import Account, Contact
from marketing.signing import (
    answer_url,
    choices_url,
    leave_url,
    request_leave_url,
    tokens,
)
from marketing.tenancy import use_account
from tests.consent.making import make_request, records_of
from tests.consent.test_fresh_links import make_link
from tests.house.one_of_each import picture

ROOT = Path(__file__).resolve().parents[2]
SCANNERS = [
    "Mozilla/5.0 (compatible; SafeLinks scanner)",
    "Barracuda Sentinel (EE)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) HeadlessChrome/140",
    "python-requests/2.32",
    "",
]


@pytest.fixture
def asked(acme: Account, ana: Contact) -> ConsentRequest:
    with use_account(acme):
        return make_request(acme, ana)


@pytest.fixture
def links(asked: ConsentRequest, ana: Contact, acme: Account) -> list[str]:
    urls = [
        answer_url(acme.pk, asked.pk),
        leave_url(acme.pk, 7, ana.pk),
        request_leave_url(acme.pk, asked.pk),
        choices_url(acme.pk, 7, ana.pk),
        choices_url(acme.pk, 0, asked.pk),
    ]
    fresh = [make_link(acme, ana), make_link(acme, ana, "come_back")]
    return [url.removeprefix("http://testserver") for url in urls] + fresh


def test_five_scanners_and_a_head_change_nothing(acme: Account, links: list[str]) -> None:
    before = picture(acme)
    for url in links:
        for agent in SCANNERS:
            answer = Client(HTTP_USER_AGENT=agent).get(url)
            assert answer.status_code == 200
            assert not answer.cookies
        assert Client().head(url).status_code == 200
        assert Client().options(url).status_code == 200
    assert picture(acme) == before
    assert records_of(acme) == []


@pytest.fixture
def limited(settings: Any) -> str:
    """A network of this process's own, so that no other run counts with it."""
    settings.WRONG_LINKS_PER_NETWORK = 5
    ip = f"2001:db8:{os.getpid() & 0xFFFF:x}::1"
    limiting._redis().delete(f"assent:wrong-links:{limiting.network_of(ip)}")
    return ip


def test_a_guesser_is_turned_away_and_a_working_link_never_is(
    acme: Account, links: list[str], limited: str
) -> None:
    guesser = Client(REMOTE_ADDR=limited)
    statuses = [guesser.get(f"/u/wrong{n}").status_code for n in range(8)]
    assert statuses == [404] * 5 + [429] * 3
    neighbour = Client(REMOTE_ADDR=limited.replace("::1", "::2"))
    assert neighbour.get("/c/wrong").status_code == 429
    for url in links:
        assert neighbour.get(url).status_code == 200
    left = neighbour.post(links[1], {"List-Unsubscribe": "One-Click"})
    assert left.status_code == 200


def test_without_redis_nobody_is_turned_away(limited: str, settings: Any, db: None) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    limiting._redis.cache_clear()
    try:
        guesser = Client(REMOTE_ADDR=limited)
        assert {guesser.get(f"/u/wrong{n}").status_code for n in range(7)} == {404}
    finally:
        limiting._redis.cache_clear()


def test_a_wrong_link_costs_what_a_foreign_one_costs(
    acme: Account, velo: Account, ana: Contact, django_assert_num_queries: Any
) -> None:
    foreign = leave_url(velo.pk, 7, ana.pk).removeprefix("http://testserver")
    for url in ("/u/nothing", foreign):
        # savepoint, door, account, contact, recipient, door, savepoint
        with django_assert_num_queries(7):
            assert Client().get(url).status_code == 404
    foreign = request_leave_url(velo.pk, ana.pk).removeprefix("http://testserver")
    for url in ("/r/nothing", foreign):
        # savepoint, door, request, door, savepoint
        with django_assert_num_queries(5):
            assert Client().get(url).status_code == 404


KINDS = ["c/answer", "u/leave", "r/leave", "p/leave", "m/choices", "b/come_back"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("method", ["get", "post"])
def test_unknown_forged_and_foreign_tokens_cost_the_same_everywhere(
    acme: Account, velo: Account, links: list[str], kind: str, method: str
) -> None:
    """The same number of statements, so that the time of the answer tells nothing."""
    page, _, purpose = kind.partition("/")
    a, b = (0, 9_999_999) if page == "r" else (7, 9_999_999)
    arguments = (a, b) if purpose == "leave" else (9_999_999,)
    unknown = tokens.make(purpose, acme.pk, *arguments)
    foreign = tokens.make(purpose, velo.pk, *arguments)
    other_kind = tokens.make("track", acme.pk, 7, 1)
    costs, said = set(), set()
    for token in ("nothing", unknown, foreign, unknown[:-2] + "xx", other_kind):
        with CaptureQueriesContext(connection) as captured:
            answer = getattr(Client(), method)(f"/{page}/{token}", {})
        assert answer.status_code == 404
        costs.add(len(captured))
        said.add(answer.content)
    assert len(costs) == len(said) == 1


AWAY = """
import django, sys
django.setup()
from django.test import Client
from marketing.signing import leave_url, answer_url
url = leave_url(1, 7, 3).removeprefix("http://testserver")
client = Client()
for answer in (client.get(url), client.post(url, {"leave": "1"}), client.get("/health/records")):
    print(answer.status_code, answer.get("Retry-After"))
    print(answer.content.decode())
"""


def test_a_database_that_is_away_is_told_in_plain_words() -> None:
    environment = os.environ | {
        "DATABASE_URL": "postgres://assent@127.0.0.1:1/nothing",
        "DJANGO_SETTINGS_MODULE": "settings.test",
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", AWAY],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.count("503 120") == 2, done.stderr
    assert "This page can not be shown at the moment" in done.stdout
    assert "nothing was changed" in done.stdout
    assert "We could not confirm what you pressed" in done.stdout
    assert "no database" in done.stdout
