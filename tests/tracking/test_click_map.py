"""Map of clicks: the mail as it was sent, each link with the people of the Links table."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from campaigns.composing.links import drawn
from campaigns.models import Campaign, Link, Measuring
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.tracking.making import make_event, make_sent_campaign
from tracking.folding.working import fold_all

MAIL = """<!doctype html><html><head><title>t</title></head><body><p>Hello {{ contact.first_name }},
see <a href="https://shop.example/1?a=1&amp;b=2">the <b>bikes</b></a>,
<a href="https://shop.example/2">a lamp</a> or <a href="https://shop.example/1?a=1&amp;b=2"><img
alt="Bikes" src="https://shop.example/b.png"></a>; <a href="mailto:us@acme.example">write to us</a>,
<a href="https://shop.example/3" data-track="off">in private</a>.
<a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>"""
BADGE = re.compile(
    r'<a href="([^"]*)"[^>]*><span class="assent-spot ([^"]*)"([^>]*)>([^<]*)</span>'
)
Sent = tuple[Campaign, list[Contact]]


@pytest.fixture
def clicked(acme: Account) -> Sent:
    """Thirty people; six pressed link 1, two of them link 2 as well."""
    at = timezone.now() - timedelta(hours=30)
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=30, html=MAIL)
        for n, person in enumerate(people[:6]):
            place: Any = {"ip": f"203.0.{n}.9", "network": f"203.0.{n}.0/24"}
            make_event(campaign, person, "click", number=1, at=at, **place)
            if n < 2:
                later = at + timedelta(hours=n + 1)
                make_event(campaign, person, "click", number=2, at=later, **place)
    fold_all(seconds=60)
    return campaign, people


@pytest.fixture
def looked(as_member: Any, rita: Member) -> Callable[..., Any]:
    def look(name: str, campaign: Campaign) -> Any:
        url = reverse(f"tracking:{name}", args=[campaign.account_id, campaign.pk])
        return as_member(rita).get(url)

    return look


def test_each_place_of_a_link_bears_its_people_and_leads_nowhere(
    clicked: Sent, looked: Callable[..., Any]
) -> None:
    answer = looked("click_map", clicked[0])
    mail = answer.content.decode()
    assert BADGE.findall(mail) == [
        ("#link-1", "is-5", ' id="link-1"', "6"),
        ("#link-2", "is-2", ' id="link-2"', "2"),
        ("#link-1", "is-5", "", "6"),
        ("#", "is-unmeasured", "", "not measured"),
        ("#", "is-unmeasured", "", "not measured"),
    ]
    assert "Hello Ana," in mail, "for the sample person of the preview"
    assert '<a href="#">Unsubscribe</a>' in mail
    assert not re.search(r'<a [^>]*href="(?!#)', mail), "a drawing leads nowhere"
    policy = answer["Content-Security-Policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "default-src 'none'" in policy


def test_the_list_beside_the_mail_says_the_same(clicked: Sent, looked: Callable[..., Any]) -> None:
    page = looked("statistics", clicked[0]).content.decode()
    card = page[page.index('aria-labelledby="c-map"') :]
    card = card[: card.index("</section>")]
    words = " ".join(re.sub(r"<[^>]+>", " ", card).split())
    assert "Link 1 shop.example/1 · in 2 places 6" in words
    assert "Link 2 shop.example/2 2" in words
    assert "write to us Not measured in private Not measured" in words
    assert "Unsubscribe" not in words
    table = page[page.index('aria-labelledby="c-links"') : page.index('aria-labelledby="c-map"')]
    rows = re.findall(r'<th scope="row">([^<]*)</th><td class="num grey small">([^<]*)</td>', table)
    assert rows == [("write to us", "Not measured"), ("in private", "Not measured")]
    frame = reverse("tracking:click_map", args=[clicked[0].account_id, clicked[0].pk])
    assert f'target="click-map" href="{frame}#link-2"' in card
    assert "?link=2" in card, "the number leads to its people"


def test_a_mail_whose_links_are_all_left_alone_says_so(
    acme: Account, looked: Callable[..., Any]
) -> None:
    mail = '<p><a href="https://shop.example/3" data-track="off">in private</a></p>'
    with use_account(acme):
        campaign, _ = make_sent_campaign(acme, people=1, html=mail)
        Link.objects.for_account(acme).delete()
    page = looked("statistics", campaign).content.decode()
    assert '<th scope="row">in private</th><td class="num grey small">Not measured</td>' in page
    assert BADGE.findall(looked("click_map", campaign).content.decode()) == [
        ("#", "is-unmeasured", "", "not measured")
    ]


def test_people_in_twenties_have_a_share_too(acme: Account, looked: Callable[..., Any]) -> None:
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=24, html=MAIL)
        for n, person in enumerate(people):
            place: Any = {"ip": f"203.0.{n}.9", "network": f"203.0.{n}.0/24"}
            make_event(campaign, person, "click", number=1 + n % 2, **place)
    fold_all(seconds=60)
    found = BADGE.findall(looked("click_map", campaign).content.decode())
    assert [text for *_, text in found][:2] == ["12 · 50.0%", "12 · 50.0%"]


def test_small_groups_stay_hidden_on_the_map(
    acme: Account, clicked: Sent, looked: Callable[..., Any]
) -> None:
    with use_account(acme):
        Measuring.objects.create(account=acme, small_groups=True)
    found = BADGE.findall(looked("click_map", clicked[0]).content.decode())
    assert [(kind, text) for _, kind, _, text in found[:2]] == [
        ("is-5", "6"),
        ("is-1", "fewer than 5"),
    ]


def test_nothing_to_draw_is_no_map(acme: Account, looked: Callable[..., Any]) -> None:
    with use_account(acme):
        no_mail, _ = make_sent_campaign(acme)
        untracked, _ = make_sent_campaign(acme, html=MAIL, track_clicks=False)
    for campaign in (no_mail, untracked):
        assert looked("click_map", campaign).content == b"There is nothing to draw."
        assert "c-map" not in looked("statistics", campaign).content.decode()


def test_a_drawing_changes_addresses_and_adds_nothing_else() -> None:
    made = drawn(MAIL, lambda link: (link.target or "#", ""))
    assert made.replace("https://shop.example/1?a=1&amp;b=2", "X") == MAIL.replace(
        "mailto:us@acme.example", "#"
    ).replace("{{ unsubscribe_url }}", "#").replace("https://shop.example/3", "#").replace(
        "https://shop.example/1?a=1&amp;b=2", "X"
    )
