"""A running import: how far it is, how long it takes, and that the page may be left."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from consent.importing.progress import estimate_of
from consent.models import Import
from marketing.models import Member
from marketing.tenancy import use_account

BEGUN = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


def estimate(position: int, rows: int, seconds: float) -> tuple[str, str]:
    now = BEGUN + timedelta(seconds=seconds)
    imported = Import(position=position, rows=rows, started_at=BEGUN, advanced_at=now)
    found = estimate_of(imported, now=now, zone="Europe/Paris")
    return found.left, found.pace


@pytest.mark.parametrize(
    ("position", "rows", "seconds", "left", "pace"),
    [
        (0, 9_000, 0, "Working out how long it takes", ""),
        (0, 9_000, 5, "Working out how long it takes", ""),
        (5_000, 10_000, 60, "About 1 minute left", "5,000 rows a minute, ends around 10:02"),
        (5_000, 20_001, 60, "About 4 minutes left", "5,000 rows a minute, ends around 10:04"),
        (5_000, 905_000, 60, "About 3 hours left", "5,000 rows a minute, ends around 13:01"),
    ],
)
def test_end_is_estimated_from_what_was_stored(
    position: int, rows: int, seconds: float, left: str, pace: str
) -> None:
    assert estimate(position, rows, seconds) == (left, pace)


def test_page_of_a_running_import_polls_says_when_it_ends_and_may_be_left(
    as_member, emil: Member
) -> None:
    with use_account(emil.account):
        imported = Import.objects.create(
            account=emil.account,
            file_name="people.csv",
            content=b"",
            state="running",
            rows=20_000,
            position=5_000,
            started_at=BEGUN,
            advanced_at=BEGUN + timedelta(minutes=1),
        )
    url = reverse("consent:import_result", args=[emil.account_id, imported.pk])
    page = as_member(emil).get(url).content.decode()
    assert "About 3 minutes left" in page
    assert "You may leave this page" in page
    assert 'hx-trigger="every 2s"' in page
