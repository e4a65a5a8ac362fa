"""The Recipients tab: states, reasons, filters that add up, pages, constant statements."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Chunk, DueRecipient, Engagement
from consent.asking import requests
from consent.forms.versions import standard_form
from consent.models import ConsentRequest
from marketing.models import Account, Contact, Member, Standing
from marketing.tenancy import use_account
from tests.making import make_contact
from tests.tracking.making import MACHINE, PROXY, make_event, make_recipient, make_sent_campaign
from tracking.folding.working import fold_all
from tracking.statistics.filters import CLICKED, OPENED

JUNE = datetime(2024, 6, 2, 9, tzinfo=UTC)


def url_of(campaign: Campaign) -> str:
    return reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])


def page_of(client: Any, campaign: Campaign, query: str = "") -> str:
    answer = client.get(url_of(campaign) + query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def people_on(page: str) -> list[str]:
    return re.findall(r'<a class="row-link"[^>]*>([^<]+)</a>', page)


def pills_on(page: str) -> dict[str, tuple[str, int]]:
    found = re.findall(r'<a class="pill"[^>]*? href="([^"]+)"[^>]*>([^<]+) <span>([\d,]+)', page)
    return {label: (url, int(count.replace(",", ""))) for url, label, count in found}


def row_on(page: str, name: str) -> str:
    """The text of one person's line."""
    row = next(part for part in page.split("<tr>") if f">{name}</a>" in part)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row.split("</tr>")[0])).strip()


CAST: dict[str, dict[str, Any]] = {
    "Sara Sent": {"sent_at": JUNE, "measured_opens": True, "measured_clicks": True},
    "Nora Notmeasured": {"sent_at": JUNE},
    "Quin Queued": {},
    "Rea Retry": {"trouble": "retry", "trouble_at": JUNE, "reply": "451 4.7.1 Try later"},
    "Pete Pending": {"verdict": 2, "reason": "asked_now"},
    "Sid Silent": {"verdict": 3, "reason": "asked_no_answer", "reason_at": JUNE},
    "Una Unsubscribed": {"closed_reason": "unsubscribed", "closed_at": JUNE},
    "Rob Refused": {"verdict": 3, "reason": "refused", "reason_at": JUNE},
    "Fay Failed": {"trouble": "failed", "trouble_at": JUNE, "reply": "550 5.1.1 No such mailbox"},
    "Ula Unknown": {"trouble": "unknown", "trouble_at": JUNE},
}
COUNTS = {
    "planned": 10,
    "sent": 2,
    "queued": 2,
    "pending": 1,
    "never": 3,
    "never_reasons": {"asked_no_answer": 1, "unsubscribed": 1, "refused": 1},
    "failed": 1,
    "unknown": 1,
    "measured_opens": 1,
    "measured_clicks": 1,
}


def make_cast(account: Account) -> tuple[Campaign, dict[str, Contact]]:
    """A campaign with somebody in every state; call inside `use_account`."""
    campaign = Campaign.objects.create(
        account=account,
        name="Autumn",
        subject="Lamps",
        state=Campaign.State.SENDING,
        track_opens=True,
        track_clicks=True,
        require_consent=True,
        launched_at=JUNE,
    )
    people = {}
    for name, fields in CAST.items():
        first, last = name.split()
        contact = make_contact(
            account, f"{first}.{last}@example.test".lower(), first_name=first, last_name=last
        )
        people[name] = contact
        make_recipient(campaign, contact, **fields)
    ids = [contact.pk for contact in people.values()]
    Chunk.objects.create(
        account_id=account.pk,
        campaign_id=campaign.pk,
        number=1,
        kind="mail",
        lo=min(ids),
        hi=max(ids),
        **COUNTS,
    )
    return campaign, people


@pytest.fixture
def cast(acme: Account) -> tuple[Campaign, dict[str, Contact]]:
    with use_account(acme):
        return make_cast(acme)


def test_pills_add_up_and_each_lists_exactly_its_people(
    as_member: Any, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    client = as_member(rita)
    pills = pills_on(page_of(client, cast[0]))
    assert list(pills) == [
        "All", "Queued", "Pending consent", "Sent", "Never sent", "Has errors", "Outcome unknown",
    ]  # fmt: skip
    assert pills["All"][1] == sum(count for _, count in pills.values()) - pills["All"][1] == 10
    for label, (query, count) in pills.items():
        assert len(people_on(page_of(client, cast[0], query))) == count, label


def test_stopped_appears_when_somebody_is_stopped(
    as_member: Any, acme: Account, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    with use_account(acme):
        Campaign.objects.for_account(acme).filter(pk=cast[0].pk).update(state="stopped")
    client = as_member(rita)
    pills = pills_on(page_of(client, cast[0]))
    assert pills["Stopped"][1] == 3
    assert people_on(page_of(client, cast[0], pills["Stopped"][0])) == [
        "Quin Queued", "Rea Retry", "Pete Pending",
    ]  # fmt: skip


def test_each_line_says_status_reason_and_the_servers_words(
    as_member: Any, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    page = page_of(as_member(rita), cast[0])
    said = {name: row_on(page, name) for name in CAST}
    assert "Sent 2 Jun 2024, 09:00 – – Not asked yet" in said["Sara Sent"]
    assert "2 Jun 2024, 09:00 Not measured Not measured" in said["Nora Notmeasured"]
    assert "Queued Tries again, because: “451 4.7.1 Try later” – – –" in said["Rea Retry"]
    assert "Pending consent Request not sent yet – – –" in said["Pete Pending"]
    assert "Never sent Asked 2 Jun 2024, no answer – – –" in said["Sid Silent"]
    assert "Never sent Unsubscribed 2 Jun 2024 – – –" in said["Una Unsubscribed"]
    assert "Has errors “550 5.1.1 No such mailbox” – – –" in said["Fay Failed"]
    assert "2 Jun 2024, 09:00? – –" in said["Ula Unknown"]


def test_never_sent_shows_reasons_with_their_written_sum(
    as_member: Any, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    client = as_member(rita)
    page = page_of(client, cast[0], "?status=never_sent")
    assert "Why 3 people never got it" in page
    assert "1 + 1 + 1 = 3" in page
    part = page.split('<ul class="why')[1].split("</ul>")[0]
    reasons = re.findall(r'<a href="([^"]+)"[^>]*>([^<]+)</a>.*?<strong>(\d+)', part, re.S)
    assert [label for _, label, _ in reasons] == [
        "Asked before, no answer", "Unsubscribed", "Refused",
    ]  # fmt: skip
    for url, _, count in reasons:
        listed = people_on(page_of(client, cast[0], url.replace("&amp;", "&")))
        assert len(listed) == int(count)


def test_search_finds_names_addresses_and_no_wildcards(
    as_member: Any, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    client = as_member(rita)
    assert people_on(page_of(client, cast[0], "?q=FAILED")) == ["Fay Failed"]
    assert people_on(page_of(client, cast[0], "?q=sid.silent@example")) == ["Sid Silent"]
    for nobody in ("%25", "fay_failed", "%00", "zzz"):
        shown = people_on(page_of(client, cast[0], f"?q={nobody}"))
        assert shown == (list(CAST) if nobody == "%00" else [])
    assert "Nothing matches these filters." in page_of(client, cast[0], "?q=zzz")


def test_odd_filters_count_as_not_given(
    as_member: Any, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    client = as_member(rita)
    for odd in ("?status=x&opened='&link=-1&after=²", "?link=99999999999999999999&before=x"):
        assert len(people_on(page_of(client, cast[0], odd))) == 10


def test_opened_and_clicked_divide_those_who_were_sent(
    as_member: Any, acme: Account, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    campaign = cast[0]
    with use_account(acme):
        more = [make_contact(acme, f"m{n}@example.test", first_name=f"M{n}") for n in range(5)]
        for contact in more:
            make_recipient(
                campaign, contact, sent_at=JUNE, measured_opens=True, measured_clicks=True
            )
        make_event(campaign, more[0])
        make_event(campaign, more[1], agent=PROXY)
        make_event(campaign, more[2], "click", number=0)
        make_event(campaign, more[3], agent=MACHINE)
        ids = {"campaign_id": campaign.pk, "contact_id": more[4].pk}
        Engagement.objects.create(account_id=acme.pk, opens_unknown=1, clicks_machine=1, **ids)
    fold_all(seconds=60)
    client = as_member(rita)
    listed = {code: people_on(page_of(client, campaign, f"?opened={code}")) for code in OPENED}
    assert listed["person"] == ["M0"]
    assert listed["proxy"] == ["M1"]
    assert listed["none"] == ["Sara Sent", "M2", "M3", "M4"]
    assert listed["machine"] == ["M3"]
    assert listed["unsure"] == ["M4"]
    assert listed["not_measured"] == ["Nora Notmeasured"]
    assert listed["measured"] == ["Sara Sent", "M0", "M1", "M2", "M3", "M4"]
    page = page_of(client, campaign)
    assert "Proxy only" in row_on(page, "M1")
    assert "Machine only" in row_on(page, "M3")
    assert "Not sure Machine only" in row_on(page, "M4")
    assert "Machine only: a scanner or filter came, nobody is counted." in page
    assert people_on(page_of(client, campaign, "?clicked=machine")) == ["M4"]
    assert set(CLICKED) == set(OPENED) - {"proxy"} | {"unseen"}


def test_links_show_who_pressed_them(as_member: Any, acme: Account, rita: Member) -> None:
    with use_account(acme):
        campaign, (ana, ben) = make_sent_campaign(acme, people=2)
        make_event(campaign, ana, "click", number=1)
        make_event(campaign, ana, "click", number=2, at=timezone.now() - timedelta(hours=2))
        make_event(campaign, ben, "click", number=2, network="203.0.113.0/24", ip="203.0.113.1")
    fold_all(seconds=60)
    client = as_member(rita)
    assert people_on(page_of(client, campaign, "?link=1")) == [ana.name]
    assert people_on(page_of(client, campaign, "?link=2")) == [ana.name, ben.name]
    page = page_of(client, campaign, "?link=2")
    assert "People who clicked “Link 2”." in page
    assert "2 links" in row_on(page, ana.name)
    assert "1 link" in row_on(page, ben.name)


def test_pages_go_forth_and_back_without_losing_anybody(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=120)
    client = as_member(rita)
    seen: list[list[str]] = []
    query = "?status=sent"
    while query:
        page = page_of(client, campaign, query)
        seen.append(people_on(page))
        found = re.search(r'rel="next" href="([^"]+)"', page)
        query = found[1].replace("&amp;", "&") if found else ""
    assert [len(names) for names in seen] == [50, 50, 20]
    assert [name for names in seen for name in names] == [contact.name for contact in people]
    assert "20 of 120" in page
    back = re.search(r'rel="prev" href="([^"]+)"', page)
    assert back is not None
    page = page_of(client, campaign, back[1].replace("&amp;", "&"))
    assert people_on(page) == seen[1]
    first = re.search(r'rel="prev" href="([^"]+)"', page)
    assert first is not None
    page = page_of(client, campaign, first[1].replace("&amp;", "&"))
    assert people_on(page) == seen[0]
    assert 'rel="prev"' not in page


def test_consent_says_what_the_person_said_last(
    as_member: Any, acme: Account, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    campaign, people = cast
    said: dict[str, dict[str, Any]] = {
        "Sara Sent": {"newsletter": "agreed", "newsletter_at": JUNE},
        "Una Unsubscribed": {"newsletter": "unsubscribed", "newsletter_at": JUNE},
        "Pete Pending": {"asked_at": JUNE},
        "Sid Silent": {"asked_at": JUNE},
        "Fay Failed": {"suppressed": "bounce", "suppressed_at": JUNE},
    }
    with use_account(acme):
        for name, fields in said.items():
            Standing.objects.create(account=acme, address_hash=people[name].address_hash, **fields)
    page = page_of(as_member(rita), campaign)
    assert row_on(page, "Sara Sent").endswith("Agreed 2 Jun 2024")
    assert row_on(page, "Una Unsubscribed").endswith("Unsubscribed 2 Jun 2024")
    assert "Asked 2 Jun 2024, 09:00" in row_on(page, "Pete Pending")
    assert row_on(page, "Pete Pending").endswith("No answer yet")
    assert row_on(page, "Sid Silent").endswith("No answer")
    assert row_on(page, "Fay Failed").endswith("Address bounced 2 Jun 2024")


def test_hostile_names_and_replies_are_shown_as_text(
    as_member: Any, acme: Account, rita: Member
) -> None:
    hostile = "<script>alert(1)</script>"
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        Contact.objects.for_account(acme).filter(pk=ana.pk).update(first_name=hostile)
        bad = make_contact(acme, "bad@example.test", last_name='"><img src=x onerror=alert(1)>')
        make_recipient(campaign, bad, trouble="failed", trouble_at=JUNE, reply=hostile)
    page = page_of(as_member(rita), campaign, f"?q={hostile[:7]}")
    page += page_of(as_member(rita), campaign)
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_deleted_contacts_stay_listed_by_address(
    as_member: Any, acme: Account, rita: Member
) -> None:
    with use_account(acme):
        campaign, (ana,) = make_sent_campaign(acme)
        ana.delete()
    client = as_member(rita)
    assert people_on(page_of(client, campaign)) == [ana.address]
    assert people_on(page_of(client, campaign, f"?q={ana.address}")) == [ana.address]


def test_stranger_gets_404(as_member: Any, rolf: Member, cast: tuple[Campaign, Any]) -> None:
    assert as_member(rolf).get(url_of(cast[0])).status_code == 404


@pytest.mark.parametrize("query", ["", "?status=never_sent", "?opened=person&q=p", "?left=1"])
def test_statements_do_not_grow_with_the_campaign(
    as_member: Any, acme: Account, rita: Member, query: str
) -> None:
    """Session, user, member, account setting (on, off), campaign, menu; chunks, page; with other
    filters than the status their count; with Never sent its reasons; a search finds the people
    first, for the page and for the count."""
    counts = []
    for people in (1, 60):
        with use_account(acme):
            campaign, contacts = make_sent_campaign(acme, people=people)
            for contact in contacts:
                make_event(campaign, contact)
        fold_all(seconds=60)
        client = as_member(rita)
        with CaptureQueriesContext(connection) as caught:
            page_of(client, campaign, query)
        counts.append(len(caught))
    assert counts[0] == counts[1] <= 16


def test_not_measured_is_explained_where_it_stands_and_nowhere_else(
    as_member: Any, acme: Account, emil: Member
) -> None:
    with use_account(acme):
        campaign, _ = make_cast(acme)
    client, explained = as_member(emil), "Not measured: this person had not allowed tracking."
    assert explained in page_of(client, campaign)
    assert explained not in page_of(client, campaign, "?status=queued")
    assert explained not in page_of(client, campaign, "?status=sent&q=sara")


def test_who_is_tried_again_says_when_and_why(
    as_member: Any, acme: Account, rita: Member, cast: tuple[Campaign, dict[str, Contact]]
) -> None:
    campaign, people = cast
    due_at = datetime(2024, 6, 3, 14, 20, tzinfo=UTC)
    with use_account(acme):
        DueRecipient.objects.create(
            account_id=acme.pk,
            campaign_id=campaign.pk,
            contact_id=people["Rea Retry"].pk,
            due_at=due_at,
            why="retry",
        )
        form = standard_form(acme)
        ids = (people["Pete Pending"].pk, people["Pete Pending"].pk)
        requests.open_for(acme.pk, campaign.pk, form_id=form.pk, contacts=ids)
        ConsentRequest.objects.for_account(acme).update(
            due_at=due_at, attempts=1, reply="450 4.2.0 Greylisted"
        )
    page = page_of(as_member(rita), campaign)
    assert "Tries again 3 Jun 2024, 14:20, because: “451 4.7.1 Try later”" in row_on(
        page, "Rea Retry"
    )
    assert "Request tries again 3 Jun 2024, 14:20, because: “450 4.2.0 Greylisted”" in row_on(
        page, "Pete Pending"
    )
