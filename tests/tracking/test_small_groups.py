"""Small-group mode: no page and no file tells what a single person, or four, opened and clicked."""

import csv
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.measuring.small_groups import told
from campaigns.models import Campaign, Measuring
from marketing.exporting.running import file_of
from marketing.models import Account, Contact, Export, Member
from marketing.tenancy import use_account
from tests.tracking.making import make_event, make_sent_campaign
from tracking.folding.working import fold_all
from tracking.statistics import exporting, exporting_numbers
from tracking.statistics.filters import Filters


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([7, 0, 6], [7, 0, 6]),
        ([7, 3, 6], [7, "fewer than 5", "Hidden"]),
        ([7, 3, 4], [7, "fewer than 5", "fewer than 5"]),
        ([3, 0], ["fewer than 5", 0]),
        ([], []),
    ],
)
def test_parts_of_a_known_sum_give_nobody_away(parts: list[int], said: list[int | str]) -> None:
    assert told(parts) == said


Sent = tuple[Campaign, list[Contact]]


@pytest.fixture
def sent(acme: Account) -> Sent:
    """Forty people: seven opened, three of them clicked link 1; the mode is on."""
    at = timezone.now() - timedelta(days=1)
    with use_account(acme):
        Measuring.objects.create(account=acme, small_groups=True)
        campaign, people = make_sent_campaign(acme, people=40)
        for number, person in enumerate(people[:7]):
            place: Any = {"ip": f"203.0.{number}.9", "network": f"203.0.{number}.0/24"}
            make_event(campaign, person, at=at, **place)
            if number < 3:
                make_event(campaign, person, "click", number=1, at=at, **place)
    fold_all(seconds=60)
    return campaign, people


def text_of(client: Any, name: str, campaign: Campaign, *more: int, **query: str) -> str:
    url = reverse(f"tracking:{name}", args=[campaign.account_id, campaign.pk, *more])
    page = client.get(url, query).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_count_under_five_is_not_said(sent: Sent, as_member: Any, rita: Member) -> None:
    campaign, _ = sent
    page = text_of(as_member(rita), "statistics", campaign)
    assert "Views 7 people" in page
    assert "Clicks fewer than 5 people" in page
    assert "Clicked fewer than 5" in page
    assert not re.search(r"\b3\b (people|of|clicks)", page)
    assert " 7.5%" not in page, "three of forty"


def test_numbers_of_measurement_lead_to_nobody(sent: Sent, as_member: Any, rita: Member) -> None:
    campaign, people = sent
    url = reverse("tracking:statistics", args=[campaign.account_id, campaign.pk])
    page = as_member(rita).get(url).content.decode()
    assert "opened=person" not in page
    assert "clicked=person" not in page
    assert "link=1" not in page
    listed = text_of(as_member(rita), "recipients", campaign, opened="person", clicked="person")
    assert "40 people" in listed, "the filter is not there"
    assert "Opened: by a person" not in listed
    assert listed.count("Hidden") >= 40
    assert "Small groups stay hidden" in listed
    drawer = text_of(as_member(rita), "recipient", campaign, people[0].pk)
    assert "Newsletter sent" in drawer
    assert "Opened" not in drawer
    assert "Clicked" not in drawer


def rows_of(account: Account, export: Export) -> list[dict[str, str]]:
    with use_account(account):
        made = Export.objects.for_account(account).get(pk=export.pk)
    path = file_of(made)
    assert isinstance(path, Path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))
    return [dict(zip(lines[1], line, strict=True)) for line in lines[2:]]


def test_files_tell_no_more_than_the_pages(acme: Account, sent: Sent, rita: Member) -> None:
    campaign, _ = sent
    with use_account(acme):
        people = exporting.begin_export(rita, campaign, Filters(opened="person"))
        numbers = exporting_numbers.begin_numbers(rita, campaign)
    exporting.make_export(acme.pk, people.pk)
    exporting_numbers.make_numbers(acme.pk, numbers.pk)
    rows = rows_of(acme, people)
    assert len(rows) == 40
    assert {(r["opened"], r["opens"], r["clicked"], r["links"]) for r in rows} == {
        ("Hidden", "", "Hidden", "")
    }
    found = {(r["part"], r["name"], r["counts"]): r["number"] for r in rows_of(acme, numbers)}
    assert found["From planned to clicked", "Views", "people"] == "7"
    assert found["From planned to clicked", "Clicks", "people"] == "fewer than 5"
    measured = [n for (part, *_), n in found.items() if part != "Recipients"]
    assert "3" not in measured
