"""The person's page and drawer: what happened, why, the evidence, and settling what is unknown."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Chunk, DueRecipient, Recipient
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Account, Contact, Member
from marketing.tenancy import use_account
from tests.making import make_contact
from tests.tracking.making import MACHINE, make_event, make_recipient, make_sent_campaign
from tracking.folding.working import fold_all

JUNE = datetime(2024, 6, 2, 9, tzinfo=UTC)


def url_of(campaign: Campaign, contact: Contact, name: str = "recipient") -> str:
    return reverse(f"tracking:{name}", args=[campaign.account_id, campaign.pk, contact.pk])


def page_of(client: Any, campaign: Campaign, contact: Contact, **more: Any) -> str:
    answer = client.get(url_of(campaign, contact), **more)
    assert answer.status_code == 200
    return str(answer.content.decode())


def happened_on(page: str) -> list[str]:
    part = page.split('<ol class="happened">')[1].split("</ol>")[0]
    lines = [re.sub(r"<[^>]+>", " ", line) for line in part.split("<li>")[1:]]
    return [re.sub(r"\s+", " ", line).strip() for line in lines]


def make_agreed(campaign: Campaign, contact: Contact) -> None:
    shared: dict[str, Any] = {
        "address_hash": bytes(contact.address_hash),
        "address": contact.address,
        "contact_id": contact.pk,
        "campaign_id": campaign.pk,
    }
    asked = Entry(
        event="asked",
        act="request_mail",
        at=timezone.now() - timedelta(days=4),
        server_reply="250 ok",
        **shared,
    )
    agreed = Entry(event="agreed", act="button", at=timezone.now() - timedelta(days=3), **shared)
    append(campaign.account_id, [asked, agreed])


@pytest.fixture
def unknown(acme: Account) -> tuple[Campaign, Contact]:
    """One person whose mail's outcome nobody knows."""
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        rows = Recipient.objects.for_account(acme).filter(campaign_id=campaign.pk)
        rows.update(sent_at=None, trouble="unknown", trouble_at=JUNE)
        chunks = Chunk.objects.for_account(acme).filter(campaign_id=campaign.pk)
        chunks.update(sent=0, unknown=1, measured_opens=0, measured_clicks=0)
    return campaign, ana


def test_timeline_tells_mail_requests_and_consent_newest_first(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        rows = Recipient.objects.for_account(acme).filter(campaign_id=campaign.pk)
        rows.update(reply="250 2.0.0 queued as 4F2A", prepared_at=timezone.now() - timedelta(5))
        make_agreed(campaign, ana)
        make_event(campaign, ana)
        make_event(campaign, ana, at=timezone.now() - timedelta(hours=20))
        make_event(campaign, ana, "click", number=2, at=timezone.now() - timedelta(hours=10))
        machine = {"agent": MACHINE, "ip": "203.0.113.7", "network": "203.0.113.0/24"}
        make_event(
            campaign, ana, "click", number=1, at=timezone.now() - timedelta(hours=5), **machine
        )
    fold_all(seconds=60)
    lines = happened_on(page_of(as_member(rita), campaign, ana))
    starts = [
        "Fetched “Link 1”",
        "Clicked “Link 2”",
        "Opened",
        "Newsletter sent",
        "Agreed to the newsletter",
        "Consent request sent",
        "Looked at for this campaign",
    ]
    assert [line[: len(start)] for line, start in zip(lines, starts, strict=True)] == starts
    assert "by a machine, not counted" in lines[0]
    assert "by a person" in lines[1]
    assert "Opened 2 times in all." in lines[2]
    assert "The server said: “250 2.0.0 queued as 4F2A”" in lines[3]


def test_the_drawer_is_a_fragment_and_the_page_stands_alone(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        make_agreed(campaign, ana)
    client = as_member(rita)
    drawer = page_of(client, campaign, ana, headers={"HX-Request": "true"})
    assert drawer.lstrip().startswith("<dialog")
    page = page_of(client, campaign, ana)
    assert "<main" in page
    for shown in (drawer, page):
        assert "What happened" in shown
        assert reverse("consent:record", args=[acme.pk, 2]) in shown
        assert "See the evidence" in shown
        assert reverse("marketing:contact", args=[acme.pk, ana.pk]) in shown
        assert "Newsletter: agreed" in shown


def test_why_names_the_rule_its_date_and_who_asked(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        earlier, _ = make_sent_campaign(acme)
        earlier.name = "Spring <b>news</b>"
        earlier.save()
        campaign, _ = make_sent_campaign(acme)
        sid = make_contact(acme, "sid@example.test", first_name="Sid")
        make_recipient(
            campaign,
            sid,
            verdict=3,
            reason="asked_no_answer",
            reason_at=JUNE,
            reason_campaign_id=earlier.pk,
        )
    page = page_of(as_member(rita), campaign, sid)
    assert "They were asked once and have not answered. Nobody is asked twice." in page
    assert "Rule 4 of 7" in page
    assert "Asked 2 Jun 2024, no answer" in page
    assert "Spring &lt;b&gt;news&lt;/b&gt;" in page


def test_unknown_outcome_can_be_counted_as_sent(
    as_member: Any, acme: Account, emil: Member, unknown: tuple[Campaign, Contact]
) -> None:
    campaign, ana = unknown
    client = as_member(emil)
    page = page_of(client, campaign, ana)
    assert "The line broke before the server answered. We do not send again by ourselves." in page
    assert "Count as sent" in page
    assert "Send again" in page
    answer = client.post(url_of(campaign, ana, "settle"), {"act": "sent"}, follow=True)
    assert "Counted as sent." in answer.content.decode()
    with use_account(acme):
        row = Recipient.objects.for_account(acme).get(campaign_id=campaign.pk)
        chunk = Chunk.objects.for_account(acme).get(campaign_id=campaign.pk)
    assert (row.trouble, row.settled_by_id, row.sent_at is None) == (None, emil.pk, False)
    assert (chunk.sent, chunk.unknown) == (1, 0)
    again = client.post(url_of(campaign, ana, "settle"), {"act": "again"}, follow=True)
    assert "Nothing was changed" in again.content.decode()


def test_unknown_outcome_can_be_sent_again(
    as_member: Any, acme: Account, emil: Member, unknown: tuple[Campaign, Contact]
) -> None:
    campaign, ana = unknown
    as_member(emil).post(url_of(campaign, ana, "settle"), {"act": "again"})
    with use_account(acme):
        chunk = Chunk.objects.for_account(acme).get(campaign_id=campaign.pk)
        due = DueRecipient.objects.for_account(acme).get(contact_id=ana.pk)
    assert (chunk.queued, chunk.unknown, due.why) == (1, 0, "again")


def test_viewer_sees_the_person_but_cannot_settle(
    as_member: Any, acme: Account, rita: Member, unknown: tuple[Campaign, Contact]
) -> None:
    campaign, ana = unknown
    client = as_member(rita)
    page = page_of(client, campaign, ana)
    assert "The line broke" in page
    assert "Count as sent" not in page
    assert client.post(url_of(campaign, ana, "settle"), {"act": "sent"}).status_code == 404
    with use_account(acme):
        assert Recipient.objects.for_account(acme).get(contact_id=ana.pk).trouble == "unknown"


def test_settling_knows_two_acts_and_no_get(
    as_member: Any, acme: Account, emil: Member, unknown: tuple[Campaign, Contact]
) -> None:
    client, url = as_member(emil), url_of(*unknown, "settle")
    assert client.post(url, {"act": "burn"}).status_code == 404
    assert client.post(url).status_code == 404
    assert client.get(url).status_code == 405


def test_stranger_and_unknown_people_get_404(
    as_member: Any, acme: Account, rolf: Member, olga: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        outside = make_contact(acme, "outside@example.test")
    assert as_member(rolf).get(url_of(campaign, ana)).status_code == 404
    assert as_member(olga).get(url_of(campaign, outside)).status_code == 404
    assert as_member(olga).post(url_of(campaign, outside, "settle")).status_code == 404


def test_hostile_text_is_shown_as_text(as_member: Any, acme: Account, rita: Member) -> None:
    hostile = "<script>alert(1)</script>"
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        Contact.objects.for_account(acme).filter(pk=ana.pk).update(first_name=hostile)
        campaign.links.for_account(acme).update(label=hostile)
        Recipient.objects.for_account(acme).filter(contact_id=ana.pk).update(reply=hostile)
        make_event(campaign, ana, "click", number=1)
    fold_all(seconds=60)
    page = page_of(as_member(rita), campaign, ana)
    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)") >= 3


def test_a_deleted_contact_keeps_its_story(as_member: Any, acme: Account, rita: Member) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        make_agreed(campaign, ana)
        address = ana.address
        pk = ana.pk
        ana.delete()
    ana.pk = pk
    page = page_of(as_member(rita), campaign, ana)
    assert address in page
    assert "Agreed to the newsletter" in page
    assert "Open contact" not in page


def test_statements_do_not_grow_with_what_the_person_did(
    as_member: Any, acme: Account, rita: Member
) -> None:
    """Session, user, member, account setting (on, off), campaign, menu; row, requests; records,
    their values, texts, campaigns; campaign of the reason."""
    counts = []
    for times in (1, 12):
        with use_account(acme):
            campaign, (ana,) = make_sent_campaign(acme)
            for _ in range(times):
                make_agreed(campaign, ana)
                make_event(campaign, ana)
        fold_all(seconds=60)
        client = as_member(rita)
        with CaptureQueriesContext(connection) as caught:
            page_of(client, campaign, ana)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 16
