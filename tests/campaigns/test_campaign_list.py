"""The campaign list and a running campaign's page: numbers, filters, polling, queries."""

import re
from typing import Any

import pytest
from django.urls import reverse

from campaigns.launching.showing.listing import Filters, campaigns_page, counts_by_pill
from campaigns.launching.showing.moments import share
from campaigns.launching.showing.readable import readable
from campaigns.models import Campaign, CampaignTotals, Chunk
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import launched, make_draft, make_people


def list_url(account: Account) -> str:
    return reverse("campaigns:campaigns", args=[account.pk])


def test_the_list_shows_counts_states_and_statistics(
    as_member: Any, acme: Account, emil: Member, rita: Member
) -> None:
    make_people(acme, 3)
    make_draft(acme, emil, name="A draft")
    campaign = launched(make_draft(acme, emil, name="Running"), emil)
    with use_account(acme):
        Chunk.objects.for_account(acme).update(queued=1, sent=2)
        CampaignTotals.objects.create(
            account_id=acme.pk, campaign_id=campaign.pk, viewers=2, clickers=1
        )
    shown = as_member(rita).get(list_url(acme)).content.decode()
    for text in ("A draft", "Counted at launch", "After sending", "Running", "Views", "Clicks"):
        assert text in shown
    assert "<strong>2</strong> sent of 3" in shown
    assert "New campaign" not in shown  # viewers only read


def test_a_campaign_without_tracking_says_so(as_member: Any, velo: Account, rolf: Member) -> None:
    launched(make_draft(velo, rolf), rolf)
    assert "After sending" in as_member(rolf).get(list_url(velo)).content.decode()
    make_people(velo, 1, country="FR")
    launched(make_draft(velo, rolf), rolf)
    assert "Tracking was off" in as_member(rolf).get(list_url(velo)).content.decode()


def test_pills_count_and_preparing_is_shown_under_sending(acme: Account, emil: Member) -> None:
    make_draft(acme, emil, state="draft")
    make_draft(acme, emil, state="preparing")
    make_draft(acme, emil, state="sending")
    with use_account(acme):
        pills = {pill["label"]: pill["count"] for pill in counts_by_pill(acme, Filters())}
    assert (pills["All"], pills["Draft"], pills["Sending"], pills["Finished"]) == (3, 1, 2, 0)


def test_search_status_and_sender_filter(acme: Account, emil: Member) -> None:
    draft = make_draft(acme, emil, name="Winter", subject="100% clay")
    make_draft(acme, emil, name="Summer", state="finished")
    asked = {
        "q=winter": ["Winter"],
        "q=100%": ["Winter"],
        "status=finished": ["Summer"],
        f"sender={draft.sender_id}": ["Summer", "Winter"],
        "sender=999": [],
        "status=odd": ["Summer", "Winter"],
        "days=7": ["Summer", "Winter"],
    }
    with use_account(acme):
        for query, names in asked.items():
            name, _, value = query.partition("=")
            rows = campaigns_page(acme, Filters.of({name: value})).rows
            assert [row.campaign.name for row in rows] == names, query


def test_nothing_found_offers_to_clear(as_member: Any, acme: Account, emil: Member) -> None:
    shown = as_member(emil).get(f"{list_url(acme)}?q=nothing").content.decode()
    assert "Nothing matches these filters." in shown
    assert "Write your first campaign" in as_member(emil).get(list_url(acme)).content.decode()


def test_odd_queries_and_names_do_no_harm(as_member: Any, acme: Account, emil: Member) -> None:
    make_draft(acme, emil, name="<script>alert(1)</script>")
    page = as_member(emil)
    for query in ("?before=x", "?before=99999999999999999999", "?sender=%00", "?q=%00%27"):
        answer = page.get(list_url(acme) + query)
        assert answer.status_code == 200
    shown = page.get(list_url(acme)).content.decode()
    assert "<script>alert(1)</script>" not in shown


def test_older_campaigns_are_a_page_away(as_member: Any, acme: Account, emil: Member) -> None:
    with use_account(acme):
        for number in range(27):
            Campaign.objects.create(
                account=acme,
                name=f"Campaign {number:02}",
                track_opens=False,
                track_clicks=False,
                require_consent=False,
            )
        first = campaigns_page(acme, Filters())
        assert len(first.rows) == 25
        rest = campaigns_page(acme, Filters(before=first.rows[-1].campaign.pk))
    assert [row.campaign.name for row in rest.rows] == ["Campaign 01", "Campaign 00"]
    assert "25 of 27 campaigns" in as_member(emil).get(list_url(acme)).content.decode()


@pytest.mark.parametrize("count", [2, 6])
def test_the_list_asks_a_fixed_number_of_queries(
    as_member: Any, acme: Account, emil: Member, count: int, django_assert_num_queries: Any
) -> None:
    make_people(acme, 1)
    for number in range(count):
        launched(make_draft(acme, emil, name=f"C{number}"), emil)
    page = as_member(emil)
    # session, user, member; savepoint, account setting; campaigns, chunk sums, totals, whether
    # small groups hide; pills; senders; memberships of the switcher; savepoint ends, setting reset
    # (tests only)
    with django_assert_num_queries(14):
        assert page.get(list_url(acme)).status_code == 200


def test_a_running_row_polls_itself_and_a_finished_one_does_not(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil), emil)
    page = as_member(emil)
    row = reverse("campaigns:row", args=[acme.pk, campaign.pk])
    assert "every 10s" in page.get(row).content.decode()
    with use_account(acme):
        Campaign.objects.for_account(acme).update(state="finished")
    assert "every 10s" not in page.get(row).content.decode()


def test_the_running_card_is_left_out_when_unchanged(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil), emil)
    page = as_member(emil)
    shown = page.get(reverse("campaigns:overview", args=[acme.pk, campaign.pk]))
    text = shown.content.decode()
    assert "0 + 2 + 0 + 0 + 0 + 0 = 2 planned" in text
    seen = text.split("?seen=")[1].split('"')[0]
    running = reverse("campaigns:running", args=[acme.pk, campaign.pk])
    assert page.get(f"{running}?seen={seen}").status_code == 204
    with use_account(acme):
        Chunk.objects.for_account(acme).update(queued=1, sent=1)
    changed = page.get(f"{running}?seen={seen}")
    assert changed.status_code == 200
    assert "1 + 1 + 0 + 0 + 0 + 0 = 2 planned" in changed.content.decode()
    badge = 'id="campaign-state" hx-swap-oob="true"'
    assert badge in changed.content.decode()
    assert badge not in text


def test_every_page_of_a_campaign_opens(as_member: Any, acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil), emil)
    page = as_member(emil)
    for name in ("overview", "content", "settings", "stop", "send_test"):
        answer = page.get(reverse(f"campaigns:{name}", args=[acme.pk, campaign.pk]))
        assert answer.status_code == 200, name


def test_foreign_and_unknown_campaigns_are_the_same_404(
    as_member: Any, acme: Account, emil: Member, rolf: Member
) -> None:
    campaign = make_draft(acme, emil)
    for member, number in ((rolf, campaign.pk), (emil, 999_999)):
        page = as_member(member)
        for name in ("overview", "editor", "content", "settings", "launch", "row", "running"):
            url = reverse(f"campaigns:{name}", args=[acme.pk, number])
            assert page.get(url).status_code == 404, name


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (1, 19, ""),
        (10, 20, "50.0%"),
        (1, 5000, "0.02%"),
        (9996, 10000, "99.9%"),
        (100, 100, "100.0%"),
        (0, 100, "0.0%"),
    ],
)
def test_rates_have_manners(part: int, whole: int, shown: str) -> None:
    assert share(part, whole) == shown


def test_the_first_campaign_begins_blank_or_from_a_template_with_three_hints(
    as_member: Any, acme: Account, emil: Member
) -> None:
    shown = as_member(emil).get(list_url(acme)).content.decode()
    assert "Newsletters you write, schedule and send" in shown
    for url, words in (
        ("campaigns:templates", "Start from a template"),
        ("consent:import", "Bring your contacts"),
        ("consent:forms", "Check your consent form"),
        ("marketing:settings_senders", "Verify your sender"),
    ):
        assert f'href="{reverse(url, args=[acme.pk])}"' in shown
        assert words in shown


def test_a_draft_says_who_edited_it_last(as_member: Any, acme: Account, emil: Member) -> None:
    make_draft(acme, emil)
    shown = as_member(emil).get(list_url(acme)).content.decode()
    assert re.search(r"Edited today \d\d:\d\d by Emil", shown)


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("News for 2 & more", "News for 2 & more"),
        ('Hello {{ contact.first_name | default: "you" }}, news', "Hello you, news"),
        ("Hello {{ contact.first_name }}", "Hello [First name]"),
        ("{{contact.fields.shoe_size|upcase}} fits", "[Shoe size] fits"),
        (
            "{% if contact.first_name %}Hi {{ contact.first_name }}{% else %}Hi there{% endif %}!",
            "Hi there!",
        ),
        ("{{ contact.first_name", "{{ contact.first_name"),
        ("{% unknown %}", "{% unknown %}"),
    ],
)
def test_a_subject_is_read_with_its_fallbacks(typed: str, read: str) -> None:
    assert readable(typed) == read


def test_lists_show_no_merge_tags(as_member: Any, acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    subject = 'Hello {{ contact.first_name | default: "you" }}'
    launched(make_draft(acme, emil, name="Greeting", subject=subject), emil)
    client = as_member(emil)
    for url in (list_url(acme), reverse("campaigns:home_fragment", args=[acme.pk])):
        page = client.get(url).content.decode()
        assert "Hello you" in page
        assert "{{" not in page
