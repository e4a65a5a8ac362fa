"""Mails as they leave: the host their picture and links name, and what UTM adds to their links."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from campaigns.composing import blocks, drafting
from campaigns.models import Campaign, CampaignMarks, Link, Measuring
from campaigns.sending import running
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import give_standing, launched, make_draft, make_people

SHOP = "https://shop.example/?a=1#top"
HTML = (
    f'<p><a href="{SHOP}">Shop</a> <a href="https://Online.Bank.example/pay">Bank</a> '
    '<a href="https://bank.example/?utm_source=own">Ours</a> '
    '<a href="https://notbank.example/">Other</a></p>'
)
CONTENT = blocks.as_data(blocks.Document((blocks.Block("b1", "text", {"html": HTML}),)))
MARKS = "utm_source=news&utm_medium=email&utm_campaign=xmas&utm_content=top"


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()
    yield
    running._engines.clear()


def sent_mails(campaign: Campaign, by: Member) -> dict[str, tuple[str, str]]:
    """HTML and text by the name before the @."""
    launched(campaign, by)
    slices.send_chunks()
    slices.send_due()
    outbox: list[Any] = mail.outbox
    return {
        message.to[0].split("@")[0]: (str(message.alternatives[0][0]), str(message.body))
        for message in outbox
    }


def draft(account: Account, by: Member) -> Campaign:
    return make_draft(account, by, track_opens=True, track_clicks=True, content=CONTENT)


@pytest.mark.parametrize("is_verified", [True, False])
def test_picture_and_links_name_the_accounts_own_host_once_it_is_verified(
    acme: Account, emil: Member, is_verified: bool
) -> None:
    make_people(acme, 1)
    with use_account(acme):
        Measuring.objects.create(
            account=acme,
            host="news.acme.example",
            host_verified_at=timezone.now() if is_verified else None,
        )
    html, _ = sent_mails(draft(acme, emil), emil)["p1"]
    host = "news.acme.example" if is_verified else "tracking.testserver"
    other = "tracking.testserver" if is_verified else "news.acme.example"
    assert re.search(rf'<img src="http://{host}/pixel/[\w-]+\.gif"', html)
    assert len(re.findall(rf'<a href="http://{host}/link/[\w-]+/\d"', html)) == 4
    assert other not in html
    assert "http://testserver/u/" in html, "the way out stays on our own pages"


PRIVATE = "https://shop.example/private"
UNCOUNTED = blocks.as_data(
    blocks.Document(
        (
            blocks.Block(
                "b1",
                "text",
                {
                    "html": f'<p><a data-track="off" href="{PRIVATE}/1">Quiet</a> '
                    f'<a href="{SHOP}">Shop</a></p>'
                },
            ),
            blocks.add(
                blocks.Document(),
                "button",
                props={"label": "Silent", "href": f"{PRIVATE}/2", "track": "off"},
            ).blocks[0],
            blocks.add(
                blocks.Document(),
                "picture",
                props={"src": "https://shop.example/a.png", "href": f"{PRIVATE}/3", "track": "off"},
            ).blocks[0],
            blocks.add(
                blocks.Document(),
                "button",
                props={"label": "Loud", "href": "https://shop.example/"},
            ).blocks[0],
        )
    )
)


def test_links_their_author_left_out_are_as_written_in_the_mail_and_the_others_counted(
    marked_account: Account, emil: Member, as_member: Any
) -> None:
    make_people(marked_account, 1)
    campaign = make_draft(
        marked_account, emil, track_opens=True, track_clicks=True, content=UNCOUNTED
    )
    html, text = sent_mails(campaign, emil)["p1"]
    for number in (1, 2, 3):
        assert f'href="{PRIVATE}/{number}"' in html
        assert f"{PRIVATE}/{number}" in text
    assert "data-track" not in html
    assert f"{PRIVATE}/1?" not in text, "no marks either, in both parts"
    assert len(re.findall(r'<a href="http://tracking.testserver/link/[\w-]+/\d"', html)) == 2
    with use_account(marked_account):
        links = Link.objects.for_account(marked_account).filter(campaign_id=campaign.pk)
        assert not links.filter(target__contains=PRIVATE).exists()
        assert links.count() == 2
    url = reverse("tracking:statistics", args=[marked_account.pk, campaign.pk])
    page = as_member(emil).get(url).content.decode()
    for words in ("Quiet", "Silent"):
        assert f'<th scope="row">{words}</th><td class="num grey small">Not measured</td>' in page


@pytest.fixture
def marked_account(acme: Account) -> Account:
    with use_account(acme):
        Measuring.objects.create(account=acme, utm=True, utm_not_on="bank.example\nxn--strm-ira.eu")
    return acme


def test_marks_reach_the_stored_targets_and_the_mail_of_who_is_not_measured(
    marked_account: Account, emil: Member
) -> None:
    people = make_people(marked_account, 2)
    give_standing(people[1], tracking="no")
    campaign = draft(marked_account, emil)
    with use_account(marked_account):
        own = {"utm_source": "news", "utm_campaign": "xmas", "utm_content": "top"}
        CampaignMarks.objects.create(account=marked_account, campaign=campaign, **own)
    mails = sent_mails(campaign, emil)
    with use_account(marked_account):
        links = Link.objects.for_account(marked_account).filter(campaign_id=campaign.pk)
        targets = list(links.order_by("number").values_list("target", flat=True))
    assert targets == [
        f"https://shop.example/?a=1&{MARKS}#top",
        "https://online.bank.example/pay",
        "https://bank.example/?utm_source=own",
        f"https://notbank.example/?{MARKS}",
    ]
    tracked = re.findall(r'<a href="http://tracking.testserver/link/', mails["p1"][0])
    assert len(tracked) == 4
    assert "utm_" not in mails["p1"][0], "the target is stored, not in the mail"
    html, text = mails["p2"]
    assert f'href="https://shop.example/?a=1&amp;{MARKS.replace("&", "&amp;")}#top"' in html
    assert f"https://shop.example/?a=1&{MARKS}#top" in text
    assert 'href="https://Online.Bank.example/pay"' in html, "as written, letter for letter"
    assert 'href="https://bank.example/?utm_source=own"' in html


def save(client: Any, campaign: Campaign, **fields: str) -> Any:
    url = reverse("campaigns:save_more", args=[campaign.account_id, campaign.pk])
    known = {"consent_form": str(campaign.consent_form_id), "waiting_days": "30"}
    with use_account(campaign.account_id):
        version = Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk).version
    return client.post(url, known | {"version": str(version)} | fields)


def marks_in(campaign: Campaign) -> dict[str, Any]:
    with use_account(campaign.account_id):
        rows = CampaignMarks.objects.for_account(campaign.account_id)
        names = ("is_off", "utm_source", "utm_medium", "utm_campaign", "utm_content")
        return dict(rows.filter(campaign_id=campaign.pk).values(*names).get())


def test_the_editor_shows_the_accounts_values_and_keeps_the_campaigns_own(
    marked_account: Account, emil: Member, as_member: Any
) -> None:
    campaign, client = draft(marked_account, emil), as_member(emil)
    page = client.get(reverse("campaigns:editor", args=[marked_account.pk, campaign.pk]))
    shown = page.content.decode()
    for name, default in {
        "utm_source": "newsletter",
        "utm_medium": "email",
        "utm_campaign": "tuesday-news",
    }.items():
        found = re.search(rf'<input [^>]*name="{name}"[^>]*>', shown)
        assert found
        assert f'placeholder="{default}"' in found[0]
    assert save(client, campaign, utm="on", utm_source="news", utm_content="top").status_code == 302
    assert marks_in(campaign) == {
        "is_off": False,
        "utm_source": "news",
        "utm_medium": "",
        "utm_campaign": "",
        "utm_content": "top",
    }
    wrong = save(client, campaign, utm="on", utm_source="a&b")
    assert wrong.status_code == 422
    assert "Letters, digits" in wrong.content.decode()
    assert save(client, campaign).status_code == 302
    assert marks_in(campaign)["is_off"] is True
    with use_account(marked_account):
        copied = drafting.copy_of(campaign, by=emil)
    assert marks_in(copied)["is_off"] is True


def test_an_account_without_parameters_has_no_fields_for_them(
    acme: Account, emil: Member, as_member: Any
) -> None:
    campaign, client = draft(acme, emil), as_member(emil)
    page = client.get(reverse("campaigns:editor", args=[acme.pk, campaign.pk]))
    assert "utm_source" not in page.content.decode()
    assert save(client, campaign, utm="on", utm_source="news").status_code == 302
    with use_account(acme):
        assert not CampaignMarks.objects.for_account(acme).exists()


def test_domains_without_parameters_are_kept_as_names(
    acme: Account, olga: Member, as_member: Any
) -> None:
    url = reverse("tracking:measuring", args=[acme.pk])
    sent = {"retention_days": "90", "utm": "on", "utm_source": "n", "utm_medium": "e"}
    typed = "https://Bank.example/x\n*.strøm.eu, bank.example"
    assert as_member(olga).post(url, sent | {"utm_not_on": typed}).status_code == 302
    with use_account(acme):
        kept = Measuring.objects.for_account(acme).get().utm_not_on
    assert kept.split() == ["bank.example", "xn--strm-ira.eu"]
    refused = as_member(olga).post(url, sent | {"utm_not_on": "no domain at all!"})
    assert refused.status_code == 422
    assert "is not a domain" in refused.content.decode()
