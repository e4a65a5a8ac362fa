"""The Statistics page: each number equals its people, rates are honest, machines stand apart."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Chunk
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.tracking.making import MACHINE, PROXY, make_event, make_recipient, make_sent_campaign
from tracking.folding.working import fold_all
from tracking.judging.rules import RULES_VERSION
from tracking.models import Rejudging

RATE = re.compile(r"(\d+\.\d+)% (?:of|and)")


def page_of(client: Any, campaign: Campaign, **query: str) -> str:
    url = reverse("tracking:statistics", args=[campaign.account_id, campaign.pk])
    answer = client.get(url, query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def cards_of(page: str) -> dict[str, tuple[str, str]]:
    """Title -> (url, number) of the four cards."""
    found = re.findall(r'<h2>(\w+)</h2><p class="big"><a href="([^"]+)"[^>]*>([\d,]+)</a>', page)
    return {title: (url.replace("&amp;", "&"), number) for title, url, number in found}


def names_behind(client: Any, url: str) -> list[str]:
    """Who the Recipients tab lists at this address."""
    page = client.get(url).content.decode()
    return re.findall(r'<a class="row-link"[^>]*>([^<]+)</a>', page)


def make_left(
    campaign: Campaign, contact: Contact, event: str = "withdrew", **of_request: Any
) -> None:
    append(
        campaign.account_id,
        [
            Entry(
                event=event,
                act="footer_link" if event == "withdrew" else "server",
                address_hash=bytes(contact.address_hash),
                address=contact.address,
                contact_id=contact.pk,
                campaign_id=campaign.pk,
                at=timezone.now(),
                **of_request,
            )
        ],
    )


@pytest.fixture
def told(acme: Account) -> tuple[Campaign, list[Contact]]:
    """Six people: two opened, one of them clicked; a proxy, a machine, an unseen click, silence."""
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=6)
        ana, ben, cleo, dan, eve, _ = people
        make_event(campaign, ana)
        make_event(campaign, ana, "click", number=1)
        later = timezone.now() - timedelta(hours=23)
        make_event(campaign, ana, "click", number=2, at=later)
        make_event(campaign, ben)
        make_event(campaign, cleo, agent=PROXY)
        make_event(campaign, dan, "click", number=1, agent=MACHINE)
        make_event(campaign, eve, "click", number=2, ip="203.0.113.9", network="203.0.113.0/24")
        make_left(campaign, ben)
    fold_all(seconds=60)
    return campaign, people


def test_pressing_each_number_lists_exactly_those_people(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    campaign, people = told
    client = as_member(rita)
    page = page_of(client, campaign)
    wanted = {"Sent": range(6), "Views": [0, 1], "Clicks": [0, 4], "Unsubscribed": [1]}
    cards = cards_of(page)
    assert set(cards) == set(wanted)
    for title, places in wanted.items():
        url, number = cards[title]
        assert int(number) == len(list(places)), title
        assert names_behind(client, url) == [people[place].name for place in places], title


def test_every_link_of_the_page_with_a_number_opens_that_many_people(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    client = as_member(rita)
    page = page_of(client, told[0])
    recipients = reverse("tracking:recipients", args=[told[0].account_id, told[0].pk])
    pattern = rf'<a href="({re.escape(recipients)}[^"]*)"[^>]*>(?:<strong>)?([\d,]+)'
    numbered = re.findall(pattern, page)
    assert len(numbered) >= 10
    for url, number in numbered:
        assert len(names_behind(client, url.replace("&amp;", "&"))) == int(number), url
    keys = re.findall(rf'<strong>(\d+)</strong> <a href="({re.escape(recipients)}[^"]*)"', page)
    assert [number for number, _ in keys] == ["2", "1", "3"]
    for number, url in keys:
        assert len(names_behind(client, url.replace("&amp;", "&"))) == int(number), url


def test_machines_and_proxies_stand_apart_and_are_never_added(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    page = page_of(as_member(rita), told[0])
    assert "2 to 3 <small>of 6 measured</small>" in page
    assert "2 people opened it for certain. 1 more mail was loaded by a privacy proxy" in page
    assert "1 person clicked without loading pictures." in page
    machines = re.search(r"Machines \(scanners, filters\)</th><td>(.*?)</td><td>(.*?)</td>", page)
    assert machines is not None
    assert machines.groups() == ("0 opens", "1 click")


def test_no_rate_under_twenty_but_the_base_is_named(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    page = page_of(as_member(rita), told[0])
    assert "of 6 sent" in page
    assert RATE.findall(page) == []


def _numbered(campaign: Campaign, **counts: int) -> None:
    with use_account(campaign.account_id):
        Chunk.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk).update(
            **counts
        )


def test_rates_name_their_base_and_never_say_hundred_for_less(
    as_member: Any, acme: Account, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    campaign = told[0]
    _numbered(campaign, planned=4812, sent=4810, never=2, measured_opens=1562, measured_clicks=1562)
    page = page_of(as_member(rita), campaign)
    assert "99.9% of the people planned" in page
    assert "0.04% of 4,810 sent" in page
    assert "0.1% of 1,562 measured" in page
    assert "1,562 of 4,810 people allowed tracking (32.5%)." in page
    assert "the other 3,248 got the mail without a tracking picture" in page
    assert "100.0%" not in page


def test_where_everybody_is_measured_note_bar_and_second_rates_are_absent(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    page = page_of(as_member(rita), told[0])
    assert "people allowed tracking" not in page
    assert "<span>Measured</span>" not in page
    assert re.findall(r'class="second">of 6 (\w+)', page) == ["sent", "sent", "sent"]


def test_with_tracking_off_only_sent_and_unsubscribed_are_shown(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme, track_opens=False, track_clicks=False)
    page = page_of(as_member(rita), campaign)
    assert set(cards_of(page)) == {"Sent", "Unsubscribed"}
    assert "Tracking was off for this campaign." in page
    assert "How many really read it?" not in page
    assert "Over time" not in page


def test_before_the_first_mail_the_page_says_so(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme)
    _numbered(campaign, sent=0, queued=1)
    page = page_of(as_member(rita), campaign)
    assert "Figures appear once the first mail is sent." in page
    assert cards_of(page) == {}


def test_over_time_adds_up_to_views_and_clicks(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    for period in ("", "all"):
        page = page_of(as_member(rita), told[0], period=period)
        table = page.split("Show the numbers as a table")[1].split("</table>")[0]
        rows = re.findall(
            r'<td class="num">(\d+)</td><td class="num">(\d+)</td><td class="num">(\d+)', table
        )
        assert [sum(map(int, column)) for column in zip(*rows, strict=True)] == [2, 2, 1]
        drawn = "over-time-all" if period else "over-time-first"
        assert f'data-chart="{drawn}"' in page
        assert f'<script id="{drawn}" type="application/json">' in page


def test_what_came_after_two_days_is_said_to_be_later(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        launched = timezone.now() - timedelta(days=5)
        Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(launched_at=launched)
        make_event(campaign, ana)
    fold_all(seconds=60)
    page = page_of(as_member(rita), campaign)
    assert "1 person opened it later: see all days." in page
    assert "Nothing was recorded in this time." in page


def test_who_left_from_the_request_is_no_unsubscription_of_the_mail(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme)
        asked = make_sent_campaign(acme)[1][0]
        make_recipient(campaign, asked, verdict=2, reason="asked_now", closed_reason="unsubscribed")
        make_left(campaign, asked, request_id=7)
    assert cards_of(page_of(as_member(rita), campaign))["Unsubscribed"][1] == "0"


def test_complaints_are_named_beside_unsubscribed(
    as_member: Any, rita: Member, told: tuple[Campaign, list[Contact]]
) -> None:
    campaign, people = told
    with use_account(campaign.account_id):
        make_left(campaign, people[2], event="complained")
    assert "1 complaint" in page_of(as_member(rita), campaign)


def test_labels_are_shown_as_text(as_member: Any, acme: Account, rita: Member) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme)
        campaign.name = "<script>alert(1)</script>"
        campaign.save()
        campaign.links.for_account(acme).update(label="<img src=x onerror=alert(1)>")
    page = page_of(as_member(rita), campaign)
    assert "<script>alert(1)" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_stranger_gets_404(as_member: Any, rolf: Member, acme: Account) -> None:
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme)
    url = reverse("tracking:statistics", args=[acme.pk, campaign.pk])
    assert as_member(rolf).get(url).status_code == 404


def test_statements_do_not_grow_with_the_campaign(
    as_member: Any, acme: Account, rita: Member
) -> None:
    """Session, user, member, account setting, campaign, menu (1); chunks twice, totals, who left,
    requests, links, over time."""
    counts = []
    for people in (1, 30):
        with use_account(acme):
            campaign, contacts = make_sent_campaign(acme, people=people)
            for contact in contacts:
                make_event(campaign, contact)
        fold_all(seconds=60)
        client = as_member(rita)
        with CaptureQueriesContext(connection) as caught:
            page_of(client, campaign)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 18


def test_the_page_says_by_which_rules_its_figures_are_made(
    told: tuple[Campaign, list[Contact]], as_member: Any, rita: Member
) -> None:
    campaign, _ = told
    client = as_member(rita)
    assert f"Rules of {RULES_VERSION}." in page_of(client, campaign)
    with use_account(campaign.account_id):
        Rejudging.objects.create(
            account_id=campaign.account_id,
            version=RULES_VERSION,
            people=5,
            done=2,
            started_at=timezone.now(),
        )
    page = page_of(client, campaign)
    assert f"Rules of {RULES_VERSION}, so far for 2 of 5 people of all campaigns." in page
