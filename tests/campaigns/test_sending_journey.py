"""From launch to mail through every room: asked, agreed on the page, sent; silent ones wait."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from campaigns.launching.advancing import advance
from campaigns.launching.stopping import stop
from campaigns.models import Campaign
from campaigns.sending import running
from consent.models import ConsentRecord
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import (
    give_standing,
    launched,
    make_draft,
    make_people,
    states,
)
from tests.campaigns.sending_making import counts


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()
    yield
    running._engines.clear()


def send() -> list[str]:
    """Everything that can leave now, in the order in which it left."""
    before = len(mail.outbox)
    slices.send_chunks()
    slices.send_due()
    return [f"{message.to[0]}: {message.subject}" for message in mail.outbox[before:]]


def press(body: str, path: str, **data: str) -> None:
    """The button of a page whose link stands in a mail."""
    found = re.search(rf"http://testserver({path}[\w-]+)", body)
    assert found, body
    response = Client().post(found[1], data)
    assert response.status_code in {200, 302, 303}, response.content


def test_asked_people_get_the_mail_after_their_yes_only(acme: Account, emil: Member) -> None:
    people = make_people(acme, 4)
    give_standing(people[0], newsletter="agreed")
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    first = send()
    assert sorted(line.split(":")[0] for line in first[:3]) == [
        "p2@example.test",
        "p3@example.test",
        "p4@example.test",
    ], "requests leave first"
    assert first[3:] == ["p1@example.test: News from us"]
    assert counts(campaign) == {"sent": 1, "pending": 3}
    asked = {message.to[0]: str(message.body) for message in mail.outbox}
    press(asked["p2@example.test"], "/c/", answer="yes")
    press(asked["p3@example.test"], "/c/", answer="no")
    assert send() == ["p2@example.test: News from us"]
    assert counts(campaign) == {"sent": 2, "never": 1, "pending": 1}
    advance()
    with use_account(acme):
        campaign.refresh_from_db()
        assert campaign.state == Campaign.State.WAITING
        events = ConsentRecord.objects.for_account(acme).order_by("seq")
        assert [record.event for record in events if record.purpose == "newsletter"] == [
            "asked",
            "asked",
            "asked",
            "agreed",
            "refused",
        ]
    second = launched(make_draft(acme, emil, require_consent=True, name="Second"), emil)
    assert sorted(send()) == ["p1@example.test: News from us", "p2@example.test: News from us"]
    assert states(second)["p4"] == ("never_sent", "asked_no_answer")


def test_leaving_from_the_mail_and_stopping_end_what_is_unsent(acme: Account, emil: Member) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil), emil)
    send()
    assert counts(campaign) == {"sent": 2}
    unsubscribe = mail.outbox[0].extra_headers["List-Unsubscribe"]
    press(unsubscribe, "/u/", **{"List-Unsubscribe": "One-Click"})
    later = launched(make_draft(acme, emil, name="Later"), emil)
    with use_account(acme):
        assert counts(later) == {"queued": 1, "never": 1}
    assert stop(later, by=emil)
    assert send() == []


def test_tracked_mail_is_the_frozen_one_with_picture_links_and_a_way_to_stop(
    acme: Account, emil: Member
) -> None:
    people = make_people(acme, 2)
    give_standing(people[1], tracking="no")
    campaign = launched(make_draft(acme, emil, track_opens=True, track_clicks=True), emil)
    send()
    outbox: list[Any] = mail.outbox
    html = {message.to[0]: str(message.alternatives[0][0]) for message in outbox}
    tracked, plain = html["p1@example.test"], html["p2@example.test"]
    assert re.search(r'<img src="http://tracking.testserver/pixel/[\w-]+.gif"', tracked)
    assert re.search(r'href="http://tracking.testserver/link/[\w-]+/1"', tracked)
    assert "shop.acme.example" not in tracked
    assert "Stop tracking me</a>" in tracked
    assert "tracking" not in plain.lower()
    own = re.compile(r"http://testserver/[up]/[\w-]+")
    # For somebody who never agreed and is not measured: what stands after each "else".
    whether = r"\{% if .*?(?:\{% else %\}(.*?))?\{% endif %\}"
    frozen = re.sub(whether, lambda found: found[1] or "", campaign.html, flags=re.DOTALL)
    frozen = re.sub(r"\{\{ contact.first_name .*?\}\}", "there", frozen)
    frozen = re.sub(r"\{\{ (unsubscribe|choices)_url \}\}", "URL", frozen)
    assert own.sub("URL", plain) == frozen
