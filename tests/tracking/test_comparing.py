"""Campaigns side by side and groups of one campaign: the same bases in every line."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Measuring, Recipient
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.tracking.making import PROXY, make_event, make_sent_campaign
from tracking.comparing.reading import groups_of, last_campaigns
from tracking.folding.working import fold_all


def make_campaigns(account: Account, count: int) -> list[Campaign]:
    """Each newer than the one before, with one more view."""
    made = []
    with use_account(account):
        for number in range(count):
            campaign, people = make_sent_campaign(account, people=12)
            campaign.name = f"Issue {number}"
            campaign.first_sent_at = timezone.now() - timedelta(days=count - number)
            campaign.save()
            for at, person in enumerate(people[:number]):
                place: Any = {"ip": f"203.0.{at}.9", "network": f"203.0.{at}.0/24"}
                make_event(campaign, person, at=timezone.now() - timedelta(hours=2), **place)
            made.append(campaign)
    assert fold_all(seconds=60) == sum(range(count))
    return made


def words(client: Any, name: str, *keys: int) -> str:
    page = client.get(reverse(f"tracking:{name}", args=keys)).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_the_last_ten_campaigns_stand_side_by_side(
    acme: Account, as_member: Any, rita: Member
) -> None:
    made = make_campaigns(acme, 12)
    with use_account(acme), CaptureQueriesContext(connection) as asked:
        found = last_campaigns(acme.pk)
    assert len(asked) <= 3, "one statement, whatever the campaigns"
    assert [one.name for one in found] == [f"Issue {n}" for n in range(11, 1, -1)]
    assert [one.viewers for one in found] == list(range(11, 1, -1))
    assert {one.measured_opens for one in found} == {12}
    page = words(as_member(rita), "compared", acme.pk)
    assert "Issue 11" in page
    assert "Issue 1 " not in page
    assert made[0].name not in page
    assert words(as_member(rita), "compared", acme.pk).count("%") == 0, "no rate under 20"


@pytest.fixture
def mixed(acme: Account) -> tuple[Campaign, list[Contact]]:
    """Thirty people: ten each from the US, from Canada, from nowhere known."""
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=30)
        Recipient.objects.for_account(acme).filter(
            contact_id__in=[p.pk for p in people[:12]]
        ).update(reason="agreed")
        at = timezone.now() - timedelta(days=1)
        for number, person in enumerate(people[:9]):
            place: Any = {"ip": f"203.0.{number}.9", "network": f"203.0.{number}.0/24"}
            make_event(campaign, person, at=at, **place)
            make_event(campaign, person, "click", number=1, at=at, **place)
        make_event(campaign, people[9], agent=PROXY, at=at)
        for number, person in enumerate(people):  # afterwards: not everywhere without asking
            person.country = ("US", "CA", "")[number % 3]
            person.save()
    fold_all(seconds=60)
    return campaign, people


def test_groups_add_up_to_the_campaign(mixed: tuple[Campaign, list[Contact]]) -> None:
    campaign, _ = mixed
    with use_account(campaign.account_id):
        countries = {one.key: one for one in groups_of(campaign, "country")}
        bases = {one.key: one for one in groups_of(campaign, "basis")}
    assert {key: (one.sent, one.viewers) for key, one in countries.items()} == {
        "US": (10, 3),
        "CA": (10, 3),
        "": (10, 3),
    }
    assert {key: (one.sent, one.clickers) for key, one in bases.items()} == {
        "agreed": (12, 9),
        "no_consent_needed": (18, 0),
    }
    assert sum(one.proxy_only for one in countries.values()) == 1


def test_groups_are_shown_in_words_and_hide_what_few_did(
    mixed: tuple[Campaign, list[Contact]], as_member: Any, rita: Member
) -> None:
    campaign, _ = mixed
    page = words(as_member(rita), "groups", campaign.account_id, campaign.pk)
    assert "Canada 10 10 3" in page
    assert "No country known" in page
    with use_account(campaign.account_id):
        Measuring.objects.create(account_id=campaign.account_id, small_groups=True)
    page = words(as_member(rita), "groups", campaign.account_id, campaign.pk)
    assert "Canada 10 10 fewer than 5" in page


def test_a_stranger_sees_nothing(
    mixed: tuple[Campaign, list[Contact]], as_member: Any, rolf: Member
) -> None:
    campaign, _ = mixed
    url = reverse("tracking:groups", args=[campaign.account_id, campaign.pk])
    assert as_member(rolf).get(url).status_code == 404
    assert (
        as_member(rolf).get(reverse("tracking:compared", args=[rolf.account_id])).status_code == 200
    )
