"""The Overview while a campaign runs: troubles in words, what a member decides, who paused it."""

import html
import re
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine
from django.urls import reverse
from django.utils import timezone

from campaigns.launching import stopping
from campaigns.launching.launch import launch
from campaigns.launching.preparing import prepare
from campaigns.launching.progress import Progress, progress_of
from campaigns.launching.showing.overview import overview_of
from campaigns.launching.showing.troubles import trouble_line, troubles_of
from campaigns.models import Campaign, Chunk, DueRecipient, Recipient
from consent.models import ConsentRequest
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import launched, make_draft, make_people

HTMX = {"HTTP_HX_REQUEST": "true"}


def url(name: str, campaign: Campaign) -> str:
    return reverse(f"campaigns:{name}", args=[campaign.account_id, campaign.pk])


def make_trouble(campaign: Campaign, trouble: str, people: int, *, reply: str = "") -> None:
    """Some queued people get into trouble, counted as sending counts them."""
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        ids = list(
            rows.filter(trouble=None, sent_at=None).values_list("contact_id", flat=True)[:people]
        )
        rows.filter(contact_id__in=ids).update(trouble=trouble, reply=reply)
        if trouble != "retry":
            chunks = Chunk.objects.for_account(campaign.account_id)
            chunk = chunks.get(campaign_id=campaign.pk, kind="mail")
            chunk.queued -= people
            setattr(chunk, trouble, getattr(chunk, trouble) + people)
            chunk.save()


def counts(campaign: Campaign) -> tuple[int, int, int]:
    with use_account(campaign.account_id):
        found = progress_of(campaign)
    return found.sent, found.queued, found.unknown


def test_refusals_and_retries_are_told_with_the_servers_words(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 4)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    make_trouble(campaign, "failed", 2, reply="550 no such mailbox")
    make_trouble(campaign, "retry", 1, reply="451 try later")
    with use_account(acme):
        lines = [trouble_line(each, acme.time_zone) for each in troubles_of(campaign)]
    assert [line["title"] for line in lines] == [
        "2 addresses refused for good",
        "1 address tries again later",
    ]
    assert "The server said “550 no such mailbox”" in lines[0]["detail"]
    shown = as_member(emil).get(url("overview", campaign)).content.decode()
    assert "The server said “451 try later”" in shown


def test_all_unknown_outcomes_are_counted_as_sent_or_sent_again(
    as_member: Any, acme: Account, emil: Member, rita: Member
) -> None:
    make_people(acme, 3)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    make_trouble(campaign, "unknown", 2)
    assert counts(campaign) == (0, 1, 2)
    looks = as_member(rita).get(url("overview", campaign)).content.decode()
    assert "Nobody knows whether 2 people got the mail" in looks
    assert "Count all as sent" not in looks
    assert as_member(rita).post(url("settle_all", campaign), {"act": "sent"}).status_code == 404
    page = as_member(emil)
    assert "Count all as sent" in page.get(url("overview", campaign)).content.decode()
    assert page.post(url("settle_all", campaign), {"act": "delete"}).status_code == 404
    assert page.post(url("settle_all", campaign), {"act": "sent"}).status_code == 302
    assert counts(campaign) == (2, 1, 0)
    make_trouble(campaign, "unknown", 1)
    assert page.post(url("settle_all", campaign), {"act": "again"}).status_code == 302
    assert counts(campaign) == (2, 1, 0)
    with use_account(acme):
        assert DueRecipient.objects.for_account(acme).count() == 1


def test_a_pause_says_who_and_when(as_member: Any, acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    stopping.pause(campaign, by=emil)
    shown = as_member(emil).get(url("overview", campaign)).content.decode()
    assert f"Paused by {emil.user.display_name}, today" in shown
    assert "Resume" in shown


def test_the_launch_dialog_says_when_its_counts_are_not_those_of_the_page(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = make_draft(acme, emil, require_consent=False)
    page = as_member(emil)
    assert (
        'name="seen" id="who-seen" value="2-0-0"'
        in page.get(url("editor", campaign)).content.decode()
    )
    dialog = url("launch", campaign)
    assert "changed since" not in page.get(dialog, {"seen": "2-0-0"}, **HTMX).content.decode()
    make_people(acme, 1)
    assert "changed since" in page.get(dialog, {"seen": "2-0-0"}, **HTMX).content.decode()


def test_a_second_tab_goes_to_the_campaign_that_was_launched_meanwhile(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    page, dialog = as_member(emil), url("launch", campaign)
    for ask in (page.get, page.post):
        answer = ask(dialog, {"when": "now"}, **HTMX)
        assert answer.headers["HX-Redirect"] == url("overview", campaign)
        shown = page.get(url("overview", campaign)).content.decode()
        assert re.search(rf"Launched today \d\d:\d\d by {emil.user.display_name}\.<", shown)
    assert page.get(dialog).url == url("overview", campaign)


def test_nothing_is_summed_up_before_everybody_is_fixed(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 1)
    campaign, page = make_draft(acme, emil, require_consent=False), as_member(emil)
    launch(campaign, by=emil)
    shown = page.get(url("overview", campaign)).content.decode()
    assert "The people are not fixed yet" in shown
    assert "Preparing" in shown
    assert "planned." not in shown
    prepare(campaign.account_id, campaign.pk)
    shown = page.get(url("overview", campaign)).content.decode()
    assert "of 1 person has the mail" in shown
    assert "= 1 planned." in shown


def test_stopping_says_how_many_people_will_not_get_it(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    asked = as_member(emil).get(url("stop", campaign), **HTMX).content.decode()
    assert "Stop for good?" in asked
    assert "2 people will not get this campaign." in asked


@time_machine.travel("2026-11-26T06:00:00Z", tick=True)  # nine hours on it is the same day
def test_the_estimate_comes_after_a_minute_and_knows_the_pace_of_late(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 4)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    page, now = as_member(emil), timezone.now()

    def shown(*, started: datetime, ended: datetime | None) -> str:
        with use_account(acme):
            campaigns = Campaign.objects.for_account(acme).filter(pk=campaign.pk)
            campaigns.update(state="sending", first_sent_at=started)
            chunks = Chunk.objects.for_account(acme).filter(campaign_id=campaign.pk)
            chunks.update(sent=2, queued=2, done_at=ended)
        text: str = page.get(url("running", campaign)).content.decode()
        return text

    early = shown(started=now - timedelta(seconds=30), ended=now)
    assert "Working out how long it takes" in early
    assert "About 10 minutes left" in shown(started=now - timedelta(hours=9), ended=now)
    slow = shown(started=now - timedelta(hours=9), ended=now - timedelta(hours=8))
    assert "About 9 hours left" in slow or "About 10 hours left" in slow


def test_outside_the_sending_hours_the_page_says_until_when_it_waits(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    local = timezone.now().astimezone(ZoneInfo(acme.time_zone))
    opens = (local + timedelta(hours=2)).time().replace(second=0, microsecond=0)
    closes = (local + timedelta(hours=3)).time().replace(second=0, microsecond=0)
    Account.objects.filter(pk=acme.pk).update(sending_from=opens, sending_until=closes)
    shown = as_member(emil).get(url("overview", campaign)).content.decode()
    assert f"Waits until {opens:%H:%M}" in shown


def test_what_happened_is_told_newest_first_with_mails_and_requests(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 4)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    now = timezone.now()
    with use_account(acme):
        requests = ConsentRequest.objects.for_account(acme).filter(campaign_id=campaign.pk)
        requests.update(state="asked", asked_at=now + timedelta(minutes=5))
        chunks = Chunk.objects.for_account(acme).filter(campaign_id=campaign.pk, kind="mail")
        chunks.update(sent=2, pending=2, done_at=now + timedelta(hours=2))
    make_trouble(campaign, "failed", 1, reply="550 no such mailbox")
    with use_account(acme):
        failed = Recipient.objects.for_account(acme).filter(trouble="failed")
        failed.update(trouble_at=now + timedelta(hours=1))
        campaign.first_sent_at = now + timedelta(minutes=6)
        told = [line["title"] for line in overview_of(campaign, acme).happened]
    assert told == [
        "2 mails accepted",
        "1 address refused for good",
        "4 consent requests sent",
        "4 people fixed, 0 left out with a reason",
        "Launched by Emil Brandt",
    ]


def test_the_acts_follow_the_state_without_a_reload(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    page = as_member(emil)
    shown = page.get(url("overview", campaign)).content.decode()
    polled = re.search(r'hx-get="([^"]*running/[^"]*)"', shown)
    assert polled
    assert page.get(html.unescape(polled[1]), **HTMX).status_code == 204
    with use_account(acme):
        stopping.pause(campaign, by=emil)
    answered = page.get(html.unescape(polled[1]), **HTMX).content.decode()
    [acts] = re.findall(r'id="campaign-acts" hx-swap-oob="true">(.*?)</div>', answered, re.DOTALL)
    assert "Resume" in acts
    assert "Pause" not in acts
    again = re.search(r'hx-get="([^"]*running/[^"]*)"', answered)
    assert again
    assert page.get(html.unescape(again[1]), **HTMX).status_code == 204


def test_a_poll_that_changes_numbers_only_leaves_the_acts_alone(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=False), emil)
    answered = as_member(emil).get(
        url("running", campaign) + f"?seen=before&state={campaign.state}", **HTMX
    )
    assert "campaign-acts" not in answered.content.decode()


def test_a_screen_reader_hears_of_the_progress_at_every_tenth() -> None:
    said = [Progress(planned=200, sent=sent).spoken for sent in (0, 19, 20, 39, 200)]
    assert said == [f"{tenth}% of 200 people have the mail" for tenth in (0, 0, 10, 10, 100)]
    assert Progress().spoken == "0% of 0 people have the mail"
