"""Launch now or at a time, pause, resume, stop, copy; each act once, with its line and audit."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone

from campaigns.launching import stopping
from campaigns.launching.advancing import advance, to_tend
from campaigns.launching.launch import NotLaunchable, launch, launch_due
from campaigns.launching.preparing import prepare
from campaigns.models import Campaign, CampaignEvent, Link
from consent.models import ConsentRequest
from marketing.models import Account, AuditLine, CountryRule, Member, RulesVersion, Sender
from marketing.tenancy import use_account
from tests.campaigns.launching_making import (
    assert_sums_hold,
    launched,
    make_draft,
    make_people,
    states,
)
from tests.making import make_account, make_member


def now_of(campaign: Campaign) -> Campaign:
    with use_account(campaign.account_id):
        found: Campaign = Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk)
    return found


def events(campaign: Campaign) -> list[str]:
    with use_account(campaign.account_id):
        rows = CampaignEvent.objects.for_account(campaign.account_id).filter(campaign=campaign)
        return list(rows.order_by("id").values_list("what", flat=True))


def test_launching_freezes_content_links_country_and_rules(acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil)
    stored = now_of(campaign)
    assert stored.state == Campaign.State.PREPARING
    assert stored.frozen_country == "US"
    assert stored.frozen_rules_version_id == RulesVersion.objects.get().pk
    assert "https://shop.acme.example/bikes" in stored.html
    assert "{{ unsubscribe_url }}" in stored.html
    assert "https://shop.acme.example/bikes" in stored.text
    with use_account(acme):
        (link,) = Link.objects.for_account(acme).filter(campaign=campaign)
        assert (link.number, link.target) == (1, "https://shop.acme.example/bikes")
        (line,) = AuditLine.objects.for_account(acme).filter(act="campaign.launched")
    assert line.member_id == emil.pk
    assert events(campaign) == ["launched"]


def test_before_anything_is_chosen_the_dialog_asks_for_no_time(
    acme: Account, emil: Member, as_member: Any
) -> None:
    campaign = make_draft(acme, emil, subject="")
    with use_account(acme):
        campaign.segment_rows.for_account(acme).delete()
    client = as_member(emil)
    shown = client.get(reverse("campaigns:launch", args=[acme.pk, campaign.pk])).content.decode()
    assert "Two things before you can launch" in shown
    for needless in ("get the mail now", 'name="when"', "The 0 people"):
        assert needless not in shown
    editor = client.get(reverse("campaigns:editor", args=[acme.pk, campaign.pk])).content.decode()
    assert 'name="seen" id="who-seen" value=""' in editor, "the dialog's link includes it"


def test_what_is_missing_is_named_and_nothing_changes(acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil, subject="", content={})
    with use_account(acme):
        campaign.segment_rows.for_account(acme).delete()
        Sender.objects.for_account(acme).update(verified_at=None)
    with pytest.raises(NotLaunchable) as refused:
        launch(campaign, by=emil)
    assert [problem.text for problem in refused.value.problems] == [
        "Choose who gets this",
        "Confirm the address news@acme.example in Settings, Senders",
        "Write a subject",
        "Write the content",
    ]
    assert now_of(campaign).state == Campaign.State.DRAFT
    assert events(campaign) == []


def test_a_dangerous_link_keeps_a_campaign_from_launching(acme: Account, emil: Member) -> None:
    block = {"id": "b1", "type": "button", "props": {"label": "Go", "href": "javascript:alert(1)"}}
    campaign = make_draft(acme, emil, content={"version": 1, "blocks": [block]})
    with pytest.raises(NotLaunchable):
        launch(campaign, by=emil)


def test_a_draft_older_than_the_lock_is_tightened(acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil, require_consent=False)
    CountryRule.objects.filter(country="US").update(optin="R", consent_locked=True)
    Account.objects.filter(pk=acme.pk).update(tracking=False)
    emil.account.refresh_from_db()
    launch(campaign, by=emil)
    stored = now_of(campaign)
    assert stored.require_consent
    assert not stored.track_opens
    assert not stored.track_clicks


@pytest.mark.django_db(transaction=True)
def test_two_launches_at_once_launch_once(db: None) -> None:
    account = make_account("Acme Bikes")
    emil = make_member(account, "editor@acme.example", "editor")
    campaign = make_draft(account, emil)
    outcomes: list[str] = []

    def press() -> None:
        try:
            launch(Campaign(pk=campaign.pk, account_id=account.pk), by=emil)
            outcomes.append("launched")
        except NotLaunchable as refused:
            outcomes.append(str(refused))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["This campaign was launched already", "launched"]
    assert events(campaign) == ["launched"]


def test_a_schedule_launches_at_its_hour(acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil, at=timezone.now() + timedelta(hours=1))
    assert now_of(campaign).state == Campaign.State.SCHEDULED
    assert to_tend() == []
    assert launch_due(acme.pk, campaign.pk) is None
    assert now_of(campaign).state == Campaign.State.SCHEDULED
    later = timezone.now() + timedelta(hours=2)
    (due,) = to_tend(now=later)
    assert (due.campaign_id, due.activity) == (campaign.pk, "launch")
    with use_account(acme):
        Campaign.objects.for_account(acme).update(scheduled_at=timezone.now())
    assert launch_due(acme.pk, campaign.pk) is None
    assert now_of(campaign).state == Campaign.State.PREPARING
    assert prepare(acme.pk, campaign.pk)
    assert states(campaign) == {"p1": ("queued", "no_consent_needed")}


def test_a_schedule_in_the_past_is_refused(acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    with pytest.raises(NotLaunchable, match="still to come"):
        launch(campaign, by=emil, at=timezone.now() - timedelta(minutes=1))


def test_a_schedule_whose_checks_fail_is_paused_and_its_member_told(
    acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil, at=timezone.now() + timedelta(hours=1))
    with use_account(acme):
        Sender.objects.for_account(acme).update(verified_at=None)
        Campaign.objects.for_account(acme).update(scheduled_at=timezone.now())
    held = launch_due(acme.pk, campaign.pk)
    assert held is not None
    assert held.to == "editor@acme.example"
    assert "Confirm the address" in held.text
    stored = now_of(campaign)
    assert stored.state == Campaign.State.PAUSED
    assert "Confirm the address" in stored.paused_why
    assert not stopping.resume(campaign, by=emil)
    assert stopping.back_to_draft(campaign, by=emil)
    assert now_of(campaign).state == Campaign.State.DRAFT


def test_pause_and_resume_go_on_where_it_was(acme: Account, emil: Member) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil), emil)
    assert stopping.pause(campaign, by=emil)
    assert not stopping.pause(campaign, by=emil)
    assert now_of(campaign).state == Campaign.State.PAUSED
    advance()
    assert now_of(campaign).state == Campaign.State.PAUSED
    assert stopping.resume(campaign, by=emil)
    assert now_of(campaign).state == Campaign.State.SENDING
    assert events(campaign) == ["launched", "prepared", "paused", "resumed"]
    with use_account(acme):
        acts = set(AuditLine.objects.for_account(acme).values_list("act", flat=True))
    assert {"campaign.launched", "campaign.paused", "campaign.resumed"} <= acts


def test_stopping_takes_open_requests_back(acme: Account, emil: Member) -> None:
    make_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    assert stopping.stop(campaign, by=emil)
    assert not stopping.stop(campaign, by=emil)
    assert states(campaign) == {
        "p1": ("stopped", "asked_now"),
        "p2": ("stopped", "asked_now"),
    }
    with use_account(acme):
        taken = ConsentRequest.objects.for_account(acme).values_list("state", flat=True)
        assert set(taken) == {"taken_back"}
    # The address was not asked: a later campaign asks it.
    second = launched(make_draft(acme, emil, name="Next", require_consent=True), emil)
    assert assert_sums_hold(second) == {"pending_consent": 2}


def test_copying_makes_a_draft_with_the_same_segments(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = launched(make_draft(acme, emil), emil)
    url = reverse("campaigns:copy", args=[acme.pk, campaign.pk])
    assert as_member(emil).post(url).status_code == 302
    with use_account(acme):
        copied = Campaign.objects.for_account(acme).latest("id")
        assert copied.state == Campaign.State.DRAFT
        assert copied.segment_rows.for_account(acme).count() == 1
    assert copied.name == "Copy of Tuesday news"
    assert copied.content == campaign.content


def test_the_dialog_repeats_the_numbers_on_its_button(
    as_member: Any, acme: Account, emil: Member
) -> None:
    make_people(acme, 2)
    make_people(acme, 1, country="DE")
    campaign = make_draft(acme, emil)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    page = as_member(emil)
    assert "Launch: send 2, ask 1" in page.get(url).content.decode()
    assert "Schedule: send 2, ask 1" in page.get(f"{url}?when=later").content.decode()
    refused = page.post(url, {"when": "later", "at": ""})
    assert refused.status_code == 422
    answer = page.post(url, {"when": "now"})
    assert answer.status_code == 302
    assert now_of(campaign).state == Campaign.State.PREPARING
    assert page.get(answer.url).status_code == 200


def test_a_time_is_meant_in_the_accounts_zone(as_member: Any, acme: Account, emil: Member) -> None:
    Account.objects.filter(pk=acme.pk).update(time_zone="Europe/Paris")
    campaign = make_draft(acme, emil)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    sent = {"when": "later", "at": "2031-07-01T09:00"}
    assert as_member(emil).post(url, sent).status_code == 302
    at = now_of(campaign).scheduled_at
    assert at is not None
    assert at.isoformat() == "2031-07-01T07:00:00+00:00"


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("0001-01-01T00:00", "Choose a time that is still to come"),
        ("9999-12-31T23:59", "Choose a time within the next ten years"),
        ("2031-03-09T02:30", "Clocks change that night"),
        ("2030-11-03T01:30", "Clocks change that night"),
    ],
)
def test_a_time_that_nobody_means_is_told(
    as_member: Any, acme: Account, emil: Member, at: str, told: str
) -> None:
    Account.objects.filter(pk=acme.pk).update(time_zone="America/New_York")
    campaign = make_draft(acme, emil)
    url = reverse("campaigns:launch", args=[acme.pk, campaign.pk])
    answer = as_member(emil).post(url, {"when": "later", "at": at})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert now_of(campaign).state == Campaign.State.DRAFT


def test_viewers_and_strangers_can_not_act(
    as_member: Any, acme: Account, emil: Member, rita: Member, rolf: Member
) -> None:
    campaign = launched(make_draft(acme, emil), emil)
    for member in (rita, rolf):
        page = as_member(member)
        for name in ("pause", "resume", "stop", "copy", "launch", "back_to_draft"):
            url = reverse(f"campaigns:{name}", args=[acme.pk, campaign.pk])
            assert page.post(url).status_code == 404, name
    assert now_of(campaign).state == Campaign.State.SENDING


def test_acts_by_their_buttons(as_member: Any, acme: Account, emil: Member) -> None:
    make_people(acme, 1)
    campaign = launched(make_draft(acme, emil), emil)
    page = as_member(emil)
    for name, state in (("pause", "paused"), ("resume", "sending"), ("stop", "stopped")):
        url = reverse(f"campaigns:{name}", args=[acme.pk, campaign.pk])
        assert page.post(url).status_code == 302
        assert now_of(campaign).state == state
        shown = page.get(reverse("campaigns:overview", args=[acme.pk, campaign.pk]))
        assert shown.status_code == 200
    assert "1 person will not get this campaign." in shown.content.decode()


def test_a_scheduled_campaigns_page_says_when_and_by_whom(
    as_member: Any, acme: Account, emil: Member
) -> None:
    campaign = make_draft(acme, emil)
    launch(campaign, by=emil, at=timezone.now() + timedelta(days=400))
    shown = as_member(emil).get(reverse("campaigns:overview", args=[acme.pk, campaign.pk]))
    assert "Scheduled by Emil Brandt for" in shown.content.decode()
    assert "Back to draft" in shown.content.decode()
