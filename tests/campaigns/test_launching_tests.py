"""Test sends: only confirmed addresses of members, five at a time, fifty a day; sending hours."""

from datetime import UTC, datetime, time
from typing import Any

from allauth.account.models import EmailAddress
from django.urls import reverse
from django.utils import timezone

from campaigns.launching.showing.moments import opens_at
from campaigns.models import Campaign, TestSend
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns.launching_making import make_draft


def confirm(member: Member, *, verified: bool = True) -> str:
    EmailAddress.objects.create(user=member.user, email=member.user.email, verified=verified)
    return member.user.email


def post(client: Any, campaign: Campaign, *addresses: str) -> Any:
    url = reverse("campaigns:send_test", args=[campaign.account_id, campaign.pk])
    return client.post(url, {"addresses": list(addresses)})


def queued(campaign: Campaign) -> list[str]:
    with use_account(campaign.account_id):
        rows = TestSend.objects.for_account(campaign.account_id)
        return list(rows.order_by("address").values_list("address", flat=True))


def test_a_test_goes_to_a_members_confirmed_address(
    as_member: Any, acme: Account, emil: Member, olga: Member
) -> None:
    campaign = make_draft(acme, emil)
    mine, hers = confirm(emil), confirm(olga)
    assert post(as_member(emil), campaign, mine, hers).status_code == 302
    assert queued(campaign) == [mine, hers]


def test_no_other_address_gets_one(
    as_member: Any, acme: Account, emil: Member, olga: Member, rolf: Member
) -> None:
    campaign = make_draft(acme, emil)
    unconfirmed, foreign = confirm(olga, verified=False), confirm(rolf)
    confirm(emil)
    for address in (unconfirmed, foreign, "ana@example.test", ""):
        assert post(as_member(emil), campaign, address).status_code == 422, address
    assert queued(campaign) == []


def test_fifty_a_day_and_no_more(as_member: Any, acme: Account, emil: Member) -> None:
    campaign = make_draft(acme, emil)
    mine = confirm(emil)
    with use_account(acme):
        TestSend.objects.bulk_create(
            TestSend(
                account=acme,
                campaign=campaign,
                address=mine,
                asked_at=timezone.now(),
                asked_by_id=emil.pk,
            )
            for _ in range(50)
        )
    answer = post(as_member(emil), campaign, mine)
    assert answer.status_code == 422
    assert "At most 50 a day" in answer.content.decode()


def test_the_page_knows_when_sending_hours_open() -> None:
    def at(hour: int) -> datetime:
        return datetime(2026, 11, 25, hour, tzinfo=UTC)

    day = Account(time_zone="UTC", sending_from=time(8), sending_until=time(19))
    night = Account(time_zone="UTC", sending_from=time(22), sending_until=time(6))
    assert opens_at(day, now=at(7)) == "08:00"
    assert opens_at(day, now=at(8)) == ""
    assert opens_at(day, now=at(19)) == "08:00"
    assert opens_at(night, now=at(23)) == ""
    assert opens_at(night, now=at(12)) == "22:00"
    assert opens_at(Account(time_zone="UTC"), now=at(3)) == ""
