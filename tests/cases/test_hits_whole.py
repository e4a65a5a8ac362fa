"""hits.json whole: every request for pixel and links is asked, stored, judged, folded and summed.

One endpoint with its own writer and database role answers all timelines; requests for the pages of
consent are told elsewhere, but for the button that stops tracking.
"""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from campaigns.models import Campaign, CampaignTotals, Counter, Link, Recipient
from marketing.models import Account, Contact
from marketing.signing import choices_url
from marketing.tenancy import use_account
from marketing.tokens import Tokens
from tests.cases.files import CASES
from tests.making import make_account, make_contact
from tests.tracking.making import make_recipient
from tests.tracking.serving import database_url
from tracking.endpoint.answers import GIF
from tracking.endpoint.application import Endpoint
from tracking.endpoint.backlog import redis_url_of
from tracking.endpoint.hosts import Hosts
from tracking.endpoint.targets import Targets
from tracking.endpoint.writing import Writer
from tracking.folding.folding import fold
from tracking.judging.tables import Networks
from tracking.models import TrackingEvent

TARGET = "https://shop.example/{}?a=1&b=%20#top"
NOT_OURS = ("unsubscribe", "confirm")
pytestmark = pytest.mark.skipif(
    not (CASES / "hits.json").exists(), reason=f"no hits.json in {CASES}"
)


class TimedEndpoint(Endpoint):
    """Told what time it is: only the far end's clock is not real."""

    at: datetime

    def now(self) -> datetime:
        return self.at


class Reader:
    """The endpoint with its writer, asked as granian asks it."""

    def __init__(self) -> None:
        self.tokens = Tokens.from_setting(settings.TOKEN_KEY)
        url = database_url("assent_tracking")
        self.writer = Writer(url, redis_url_of(settings.REDIS_URL))
        self.endpoint = TimedEndpoint(self.tokens, self.writer, Targets(url), Hosts(url))

    def ask(self, event: Any, path: str) -> tuple[int, dict[str, str], bytes]:
        headers = {name.lower(): value for name, value in event["headers"].items()}
        headers["user-agent"] = event["user_agent"]
        answer = self.endpoint.answer(event["method"], path, headers.get, event["ip"])
        status, given, body = asyncio.run(answer)
        return status, dict(given), body


@pytest.fixture
def reader(transactional_db: None) -> Iterator[Reader]:
    reader = Reader()
    reader.writer.start()
    yield reader
    reader.writer.stop()


@dataclass
class Told:
    """One timeline's account, campaign and people."""

    account: Account
    campaign: Campaign
    people: dict[str, Contact]


def tell(timeline: Any) -> Told:
    given = timeline["given"]
    account = make_account(timeline["id"][:60], country="US")
    accepted = datetime.fromisoformat(given["accepted_at"])
    with use_account(account):
        campaign = Campaign.objects.create(
            account=account,
            name="Hits",
            track_opens=True,
            track_clicks=True,
            require_consent=False,
            launched_at=accepted,
        )
        for number in range(1, given["links"] + 1):
            target = TARGET.format(number)
            Link.objects.create(
                account=account, campaign=campaign, number=number, target=target, label=target
            )
        people = {}
        for name in given["recipients"]:
            people[name] = make_contact(account, f"{name}@company.example", country="US")
            make_recipient(
                campaign,
                people[name],
                sent_at=accepted,
                measured_opens=True,
                measured_clicks=True,
            )
    return Told(account, campaign, people)


def path_of(told: Told, event: Any, tokens: Tokens) -> str:
    target, _, spoiled = event["target"].partition("?")[0].partition(":")
    contact = told.people[event["recipient"]]
    token = tokens.make("track", told.account.pk, told.campaign.pk, contact.pk)
    if spoiled:
        token = "A" * len(token)
    return f"/pixel/{token}.gif" if target == "pixel" else f"/link/{token}/{target[4:]}"


def check_answer(event: Any, answer: tuple[int, dict[str, str], bytes]) -> None:
    status, headers, body = answer
    match event["expected"]["response"]:
        case "gif":
            assert (status, headers["content-type"]) == (200, "image/gif")
            assert body == GIF
        case "redirect":
            number = event["target"].partition("?")[0].removeprefix("link")
            assert (status, headers["location"]) == (302, TARGET.format(number))
        case "404":
            assert status == 404
            assert "location" not in headers
        case other:
            assert other == "any"


def play(reader: Reader, told: Told, timeline: Any) -> None:
    accepted = datetime.fromisoformat(timeline["given"]["accepted_at"])
    for event in timeline["events"]:
        if event["target"] == "stop_tracking":
            contact = told.people[event["recipient"]]
            page = choices_url(told.account.pk, told.campaign.pk, contact.pk)
            assert Client().post(page, {"stop": "tracking"}).status_code in (200, 302, 303)
        elif not event["target"].startswith(NOT_OURS):
            reader.endpoint.at = accepted + timedelta(milliseconds=event["at_offset_ms"])
            path = path_of(told, event, reader.tokens)
            check_answer(event, reader.ask(event, path))


def sums_of(told: Told) -> dict[str, int]:
    with use_account(told.account):
        events = TrackingEvent.objects.for_account(told.account)
        counted = Counter.objects.for_account(told.account)
        names = ("viewers", "clickers", "proxy_only")
        totals = CampaignTotals.objects.for_account(told.account).values(*names).first() or {}
        assert Recipient.objects.for_account(told.account).count() == len(told.people)
        by_machines = counted.filter(judged_class="machine")
        return {
            "recorded_hits": events.count(),
            "machine_hits": sum(row.events for row in by_machines),
            "unique_human_openers": totals.get("viewers", 0),
            "unique_human_clickers": totals.get("clickers", 0),
            "unique_proxy_openers": totals.get("proxy_only", 0),
        }


def test_every_timeline_is_answered_recorded_judged_and_summed_as_told(reader: Reader) -> None:
    cases = json.loads((CASES / "hits.json").read_text())
    networks, wrong = Networks(cases["networks"]), {}
    for timeline in cases["timelines"]:
        told = tell(timeline)
        play(reader, told, timeline)
        while fold(told.account.pk, networks=networks):
            pass
        expected = {name: n for name, n in timeline["expected"].items() if name != "states"}
        if (found := sums_of(told)) != expected:
            wrong[timeline["id"]] = (found, expected)
    assert wrong == {}
