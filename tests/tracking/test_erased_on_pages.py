"""Who had erased what was measured: numbers keep them, the Recipients tab says who is missing."""

from typing import Any

import pytest
from django.urls import reverse

from campaigns.models import Campaign, Measuring
from consent import measured
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.tracking.making import MACHINE, PROXY, make_event, make_sent_campaign
from tracking.folding.working import fold_all

NOTE = "1 person had erased what was measured. That person still counts in the numbers"
Told = tuple[Campaign, list[Contact]]


@pytest.fixture
def erased(acme: Account) -> Told:
    """Six people; the first of each kind had it erased."""
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=6)
        for n, agent in enumerate(("", PROXY, MACHINE)):
            for person in (people[n], people[n + 3]):
                place: Any = {"ip": f"203.0.{person.pk % 200}.9", "network": f"203.0.{n}.0/24"}
                make_event(campaign, person, **place | ({"agent": agent} if agent else {}))
                if not agent:
                    make_event(campaign, person, "click", number=1, **place)
    fold_all(seconds=60)
    with use_account(acme):
        measured.erase(acme.pk, [person.pk for person in people[:3]])
    return campaign, people


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"opened": "person"}, 3),
        ({"opened": "proxy"}, 4),
        ({"opened": "machine"}, 5),
        ({"clicked": "person"}, 3),
        ({"link": "1"}, 3),
    ],
)
def test_a_filter_by_what_was_measured_says_who_is_missing(
    erased: Told, as_member: Any, rita: Member, query: dict[str, str], left: int
) -> None:
    campaign, people = erased
    url = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    page = as_member(rita).get(url, query).content.decode()
    assert NOTE in page
    shown = [person.first_name for person in people if f">{person.name}</a>" in page]
    assert shown == [f"P{left}"]


def test_the_statistics_page_keeps_counting_them(
    erased: Told, as_member: Any, rita: Member
) -> None:
    campaign, _ = erased
    url = reverse("tracking:statistics", args=[campaign.account_id, campaign.pk])
    page = as_member(rita).get(url).content.decode()
    assert 'aria-label="Views: 2 people"' in page
    assert 'aria-label="Clicks: 2 people"' in page


@pytest.mark.parametrize("query", [{}, {"status": "sent"}, {"opened": "none"}, {"q": "p3"}])
def test_where_nobody_is_missing_nothing_is_said(
    erased: Told, as_member: Any, rita: Member, query: dict[str, str]
) -> None:
    campaign, _ = erased
    url = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    assert "had erased" not in as_member(rita).get(url, query).content.decode()


def test_small_groups_say_nothing_of_them(erased: Told, as_member: Any, rita: Member) -> None:
    campaign, _ = erased
    with use_account(campaign.account_id):
        Measuring.objects.create(account_id=campaign.account_id, small_groups=True)
    url = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    page = as_member(rita).get(url, {"opened": "person"}).content.decode()
    assert "had erased" not in page
