"""UTM parameters: the campaign's values in the author's links, nothing else changed."""

import re

import pytest
from hypothesis import given

from campaigns.composing.blocks import Block, Document, as_data
from campaigns.composing.freezing import freeze
from campaigns.composing.links import links_in, with_targets_changed
from campaigns.measuring.marking import Marks, marked, named
from campaigns.models import Campaign, CampaignMarks, Measuring
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.test_composing_links import pieces

MARKS = Marks({"utm_source": "newsletter", "utm_medium": "e mail", "utm_campaign": "winter"})
ADDED = "utm_source=newsletter&utm_medium=e%20mail&utm_campaign=winter"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example", f"https://a.example?{ADDED}"),
        ("https://a.example/x?a=1#top", f"https://a.example/x?a=1&{ADDED}#top"),
        ("https://a.example/x?", f"https://a.example/x?{ADDED}"),
        ("https://a.example/x?a=1&", f"https://a.example/x?a=1&{ADDED}"),
        (
            "https://a.example/?UTM_Source=own&b=%20",
            "https://a.example/?UTM_Source=own&b=%20&utm_medium=e%20mail&utm_campaign=winter",
        ),
        (
            '{{ contact.a | default: "#?" }}/x?n={{ contact.b }}#{{ contact.c }}',
            '{{ contact.a | default: "#?" }}/x?n={{ contact.b }}&' + ADDED + "#{{ contact.c }}",
        ),
    ],
)
def test_parameters_come_before_the_fragment_and_replace_nothing(url: str, expected: str) -> None:
    assert marked(url, MARKS) == expected
    assert marked(expected, MARKS) == expected, "once"


def test_a_campaigns_name_becomes_a_plain_word() -> None:
    assert named("Würzig & Winter: Teil 2!") == "wurzig-winter-teil-2"


@given(pieces)
def test_a_mail_without_such_links_stays_identical_and_others_change_in_their_values_only(
    html: str,
) -> None:
    assert with_targets_changed(html, str) == html
    changed = with_targets_changed(html, lambda url: marked(url, MARKS))
    before, after = links_in(html), links_in(changed)
    assert [link.action for link in before] == [link.action for link in after]
    if not any(link.number for link in before):
        assert changed == html
    hrefs = [link.href for link in after if link.number]
    assert all(re.search("utm_source", href) for href in hrefs)


@pytest.fixture
def account(acme: Account) -> Account:
    with use_account(acme):
        Measuring.objects.create(account=acme, utm=True)
    return acme


HTML = (
    '<p><a href="https://shop.example/?a=1">Shop</a> <a href="mailto:x@example.test">Mail</a> '
    '<a href="https://files.example/x?X-Amz-Signature=1">File</a></p>'
)


def frozen(account: Account, **fields: object) -> tuple[str, str, list[str]]:
    with use_account(account):
        campaign = Campaign.objects.create(
            account=account,
            name="Winter bikes",
            track_opens=False,
            track_clicks=True,
            require_consent=False,
            content=as_data(Document((Block("b1", "text", {"html": HTML}),))),
        )
        if fields:
            CampaignMarks.objects.create(account=account, campaign=campaign, **fields)
        made = freeze(campaign, account)
        return made.html, made.text, [link.target for link in made.links]


def test_both_parts_carry_the_campaigns_values(account: Account) -> None:
    html, text, targets = frozen(account)
    wanted = (
        "https://shop.example/?a=1&utm_source=newsletter&utm_medium=email&utm_campaign=winter-bikes"
    )
    assert wanted.replace("&", "&amp;") in html
    assert wanted in text
    assert targets == [wanted]
    assert html.count("utm_source") == text.count("utm_source") == 1, "no other link has them"


def test_a_campaign_may_have_its_own_or_none(account: Account) -> None:
    assert "utm_campaign=xmas" in frozen(account, utm_campaign="xmas")[1]
    assert "utm_" not in frozen(account, is_off=True)[0]


def test_without_the_setting_links_stay_as_written(acme: Account) -> None:
    html, text, targets = frozen(acme)
    assert targets == ["https://shop.example/?a=1"]
    assert "utm_" not in html + text
