"""The Statistics page as a file: the numbers of the page, each with its base."""

import csv
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from campaigns.models import Campaign
from marketing.exporting.running import file_of
from marketing.models import Account, Export, Member
from marketing.tenancy import use_account
from tests.tracking.making import PROXY, make_event, make_sent_campaign
from tests.tracking.test_recipients_tab import make_cast
from tracking.folding.working import fold_all
from tracking.statistics.exporting_numbers import begin_numbers, make_numbers
from tracking.statistics.numbers import numbers_of


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    return tmp_path


def lines_of(campaign: Campaign, by: Member) -> list[dict[str, str]]:
    """The file: definitions first, each line by the names of its columns."""
    with use_account(by.account):
        export = begin_numbers(by, campaign)
    make_numbers(by.account_id, export.pk)
    with use_account(by.account):
        export.refresh_from_db()
    path = file_of(export)
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        definitions, names, *rows = csv.reader(file)
    return [dict(zip(names, row, strict=True)) for row in (definitions, *rows)]


def number(lines: list[dict[str, str]], part: str, name: str, base: str = "") -> str:
    [found] = [
        line["number"]
        for line in lines
        if (line["part"], line["name"], line["base"]) == (part, name, base)
    ]
    return found


def test_the_file_has_the_numbers_of_the_page(acme: Account, rita: Member) -> None:
    with use_account(acme):
        campaign, people = make_cast(acme)
        make_event(campaign, people["Sara Sent"], agent=PROXY)
    fold_all(seconds=60)
    definitions, *lines = lines_of(campaign, rita)
    assert "Read 20" in definitions["campaign"]
    with use_account(acme):
        numbers = numbers_of(campaign)
    funnel = "From planned to clicked"
    assert number(lines, funnel, "Planned") == str(numbers.progress.planned)
    assert number(lines, funnel, "Sent", "planned") == str(numbers.progress.sent)
    assert number(lines, funnel, "Views", "sent") == str(numbers.totals.viewers)
    assert number(lines, funnel, "Privacy proxy only", "measured") == "1"
    states = [line for line in lines if line["part"] == "Recipients"]
    assert sum(int(line["number"]) for line in states) == numbers.progress.planned
    assert {line["campaign"] for line in lines} == {campaign.name}
    assert any(line["part"] == "Over time, all days" for line in lines)


def test_what_was_not_measured_has_no_line_instead_of_a_zero(acme: Account, rita: Member) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme, track_opens=False, track_clicks=False)
    names = {line["name"] for line in lines_of(campaign, rita)}
    assert "Sent" in names
    assert not names & {"Views", "Clicks", "Measured for views", "Privacy proxy only"}


def test_pressing_export_leads_to_the_file_and_back(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme)
    page, where = as_member(rita), [acme.pk, campaign.pk]
    shown = page.get(reverse("tracking:statistics", args=where)).content.decode()
    url = reverse("tracking:statistics_export", args=where)
    assert url in shown
    answered = page.post(url, follow=True)
    assert answered.redirect_chain[-1][0] == reverse("tracking:statistics", args=where)
    assert "See the file" in answered.content.decode()
    with use_account(acme):
        made = Export.objects.for_account(acme).get()
    assert made.title == f"Statistics of {campaign.name}"
    assert page.get(reverse("marketing:export", args=[acme.pk, made.pk])).status_code == 200
    assert page.get(url).status_code == 405
