"""hits.json whole: every request is sent, answered, recorded or not, judged and summed as told.

One endpoint with its own writer and database role answers those for pixel and links, the public
pages the others. What a file allows as well counts as right.
"""

import asyncio
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings

from campaigns.models import CampaignTotals, Counter, Recipient
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.cases.files import CASES
from tests.cases.hits_pages import Pages
from tests.cases.hits_telling import OTHER_HOST, TARGET, Told, classes_of, other_account, tell
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

MEASURED = ("pixel", "link")
pytestmark = pytest.mark.skipif(
    not (CASES / "hits.json").exists(), reason=f"no hits.json in {CASES}"
)


class TimedEndpoint(Endpoint):
    """Told what time it is: only the far end's clock is not real."""

    at: datetime

    def now(self) -> datetime:
        return self.at


Answer = tuple[int, dict[str, str], bytes]


class Reader:
    """The endpoint with its writer, asked as granian asks it."""

    def __init__(self) -> None:
        url = database_url("assent_tracking")
        self.writer = Writer(url, redis_url_of(settings.REDIS_URL))
        self.endpoint = TimedEndpoint(tokens, self.writer, Targets(url), Hosts(url))

    def ask(self, event: Any, path: str, at: datetime) -> Answer:
        """Send one request at its time; at another account's host where its target says so."""
        headers = {name.lower(): value for name, value in event["headers"].items()}
        headers["user-agent"] = event["user_agent"]
        if event["target"].endswith(":host_of_other_account"):
            headers["host"] = OTHER_HOST
        self.endpoint.at = at
        answer = self.endpoint.answer(event["method"], path, headers.get, event["ip"])
        status, given, body = asyncio.run(answer)
        return status, dict(given), body


@pytest.fixture
def reader(transactional_db: None) -> Iterator[Reader]:
    reader = Reader()
    reader.writer.start()
    yield reader
    reader.writer.stop()


def answer_faults(event: Any, answer: Answer) -> list[str]:
    """What of the endpoint's answer is not as told."""
    status, headers, body = answer
    match event["expected"]["response"]:
        case "gif":
            right = (status, headers["content-type"], body) == (200, "image/gif", GIF)
        case "redirect":
            number = event["target"].partition("?")[0].removeprefix("link")
            right = status in (302, 303) and headers["location"] == TARGET.format(number)
        case "404" | "plain":
            right = status == 404 and "location" not in headers
        case other:
            right = other == "any"
    return [] if right else [f"answered {status}"]


class Replay:
    """One timeline, request by request; collects what is not as told."""

    def __init__(self, reader: Reader, timeline: Any, told: Told) -> None:
        self.reader, self.timeline, self.told = reader, timeline, told
        self.pages = Pages(told)
        self.wrong: list[Any] = []
        self.allowed = 0  # machines more than told, by classes that are right as well

    def play(self, networks: Networks) -> list[Any]:
        """Send all requests, fold what was recorded, compare; what is wrong."""
        for event in self.timeline["events"]:
            before = self._stored()
            faults = self._send(event)
            new = len(self._stored()) - len(before)
            if new != event["expected"]["recorded"]:
                faults.append(f"recorded {new} times")
            self.wrong += [(event["n"], fault) for fault in faults]
        while fold(self.told.account.pk, networks=networks):
            pass
        self._compare_classes()
        self._compare_sums()
        return self.wrong

    def _at(self, event: Any) -> datetime:
        accepted = datetime.fromisoformat(self.timeline["given"]["accepted_at"])
        return accepted + timedelta(milliseconds=event["at_offset_ms"])

    def _send(self, event: Any) -> list[str]:
        spoiled = event["target"].partition("?")[0].partition(":")[2]
        if event["target"].startswith(MEASURED) or spoiled == "host_of_other_account":
            path = self.told.path_of(event["recipient"], event["target"])
            return answer_faults(event, self.reader.ask(event, path, self._at(event)))
        return self.pages.ask(event)

    def _stored(self) -> dict[tuple[int, datetime], str]:
        """The class of each stored event, by person and time."""
        with use_account(self.told.account):
            events = TrackingEvent.objects.for_account(self.told.account)
            rows = events.values_list("contact_id", "at", "judged_class")
            return {(contact, at): judged for contact, at, judged in rows}

    def _compare_classes(self) -> None:
        stored = self._stored()
        for event in self.timeline["events"]:
            if not event["expected"]["recorded"]:
                continue
            found = stored.get((self.told.people[event["recipient"]].pk, self._at(event)))
            right = classes_of(event)
            if found not in right:
                self.wrong.append((event["n"], "judged", found))
            self.allowed += (found == "machine") - (right[0] == "machine")

    def _compare_sums(self) -> None:
        expected = dict(self.timeline["expected"])
        states = expected.pop("states", {})
        expected["machine_hits"] += self.allowed
        if (found := sums_of(self.told)) != expected:
            self.wrong.append(("sums", found))
        reached = {name: self.pages.state_of(name) for name in states}
        if reached != states:
            self.wrong.append(("states", reached))


def sums_of(told: Told) -> dict[str, int]:
    """Rows, counters and totals of the campaign, by the names of the cases."""
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
    cases = json.loads((CASES / "hits.json").read_text(encoding="ascii"))
    networks, other, wrong = Networks(cases["networks"]), other_account(), {}
    for timeline in cases["timelines"]:
        if faults := Replay(reader, timeline, tell(timeline, other)).play(networks):
            wrong[timeline["id"]] = faults
    assert wrong == {}
