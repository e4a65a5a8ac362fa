"""What the Recipients tab and Statistics read from counters equals the rows behind them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.launching.progress import progress_of
from campaigns.models import Campaign, CampaignTotals, Chunk, Engagement, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change, Fence
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.tracking.making import MACHINE, PERSON, PROXY, make_event, make_sent_campaign
from tracking.folding.folding import fold
from tracking.statistics import counting
from tracking.statistics.counting import count_of, left_of
from tracking.statistics.filters import CLICKED, OPENED, Filters
from tracking.statistics.finding import found_by
from tracking.statistics.listing import Page, recipients_page


def make_leaving(campaign: Campaign, *contacts: Contact, **fields: Any) -> None:
    """Records of one statement."""
    defaults: dict[str, Any] = {"event": "withdrew", "act": "footer_link"}
    append(
        campaign.account_id,
        [
            Entry(
                address_hash=bytes(contact.address_hash),
                contact_id=contact.pk,
                at=timezone.now(),
                campaign_id=campaign.pk,
                **(defaults | fields),
            )
            for contact in contacts
        ],
    )


@pytest.fixture
def read(acme: Account) -> Iterator[Campaign]:
    """Eight people: opened, clicked, by proxy, by a machine, without pictures, left, silent."""
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=8)
        ana, ben, cleo, dan, eve, fay, *_ = people
        make_event(campaign, ana)
        make_event(campaign, ana, "click", number=1)
        make_event(campaign, ben, network="203.0.113.0/24", ip="203.0.113.1")
        make_event(campaign, cleo, agent=PROXY)
        make_event(campaign, dan, "click", number=1, agent=MACHINE)
        make_event(campaign, eve, "click", number=2, ip="192.0.2.9", network="192.0.2.0/24")
        make_leaving(campaign, ben, fay)
    fold(acme.pk)
    with use_account(acme):
        yield campaign


@pytest.mark.parametrize(
    "filters",
    [
        *(Filters(opened=code) for code in OPENED),
        *(Filters(clicked=code) for code in CLICKED),
        *(Filters(link=number) for number in (1, 2)),
        Filters(left=1),
        Filters(opened="person", clicked="person"),
        Filters(opened="person", left=1),
        Filters(link=1, left=1),
        Filters(q="p1", status="sent"),
    ],
)
def test_the_number_of_each_filter_is_that_of_its_people(read: Campaign, filters: Filters) -> None:
    found = found_by(read, filters)
    people = recipients_page(found).rows
    one_of_many = Page(people[:1], before=0, after=1)
    assert count_of(found, one_of_many, progress_of(read)) == len(people)


def test_a_large_campaign_counts_no_two_filters_at_once(
    read: Campaign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "MOST_READ", 5)
    for filters, number in [
        (Filters(opened="person", left=1), None),
        (Filters(opened="person"), 2),
        (Filters(q=f"p{read.pk}-0", opened="person"), 1),
    ]:
        found = found_by(read, filters)
        one_of_many = Page(recipients_page(found).rows[:1], before=0, after=1)
        assert count_of(found, one_of_many, progress_of(read)) == number


def test_pages_of_every_filter_go_back_as_they_came(read: Campaign) -> None:
    for filters in (Filters(opened="none"), Filters(opened="person"), Filters(left=1)):
        found = found_by(read, filters)
        everybody = [row.contact_id for row in recipients_page(found).rows]
        first = recipients_page(found, size=1)
        second = recipients_page(found, after=first.after, size=1)
        again = recipients_page(found, before=second.before, size=1)
        assert [row.contact_id for row in [*first.rows, *second.rows]] == everybody[:2]
        assert again.rows == first.rows


def test_who_leaves_twice_counts_once(acme: Account) -> None:
    with use_account(acme):
        campaign, (ana, ben, cleo) = make_sent_campaign(acme, people=3)
        other, _ = make_sent_campaign(acme)
        make_leaving(campaign, ana, ana, ben)
        make_leaving(campaign, ana)
        make_leaving(campaign, ana, event="agreed", act="button")
        make_leaving(campaign, ana, ben, purpose="tracking", act="stop_tracking")
        make_leaving(campaign, cleo, request_id=7)
        make_leaving(campaign, ana, event="complained", act="server")
        make_leaving(other, ana)
        assert left_of(campaign) == {"withdrew": 2, "complained": 1}
        assert left_of(other) == {"withdrew": 1}


STEPS = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.sampled_from(["open", "click", "proxy", "failed", "unknown", "sent", "again"]),
    ),
    max_size=8,
)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=STEPS)
def test_who_opened_without_counting_as_sent_is_counted_as_mail_and_opens_cross(
    acme: Account, steps: list[tuple[int, str]]
) -> None:
    with use_account(acme):
        campaign, people = make_sent_campaign(acme, people=3)
    for who, step in steps:
        with use_account(acme):
            _take(campaign, people[who], step)
        fold(acme.pk)
    with use_account(acme):
        mine = Recipient.objects.for_account(acme).filter(campaign_id=campaign.pk)
        unsent = mine.filter(trouble__in=["failed", "unknown"])
        held = Engagement.objects.for_account(acme).filter(
            campaign_id=campaign.pk, contact_id__in=unsent.values("contact_id")
        )
        opened = sum(row.opens > 0 or row.opens_proxy > 0 for row in held)
        clicked = sum(row.clicks > 0 for row in held)
        totals = CampaignTotals.objects.for_account(acme).filter(campaign_id=campaign.pk).first()
        counted = (totals.opened_unsent, totals.clicked_unsent) if totals else (0, 0)
        assert counted == (opened, clicked)


def _take(campaign: Campaign, contact: Contact, step: str) -> None:
    key = [(campaign.pk, contact.pk)]
    if step in ("open", "proxy"):
        make_event(campaign, contact, agent=PROXY if step == "proxy" else PERSON)
    elif step == "click":
        make_event(campaign, contact, "click", number=1)
    elif step in ("failed", "unknown"):
        mine = Recipient.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        mine.filter(contact_id=contact.pk, trouble=None).update(sent_at=None)
        chunk = Chunk.objects.for_account(campaign.account_id).get(campaign_id=campaign.pk)
        fence = Fence(
            account_id=campaign.account_id,
            campaign_id=campaign.pk,
            chunk_id=chunk.pk,
            generation=0,
        )
        moving.mark(fence, [Change(contact_id=contact.pk, became=Became(step))])
    else:
        moving.settle(campaign.account_id, key, as_sent=step == "sent", member_id=1)
