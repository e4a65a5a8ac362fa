"""The page Deliverability: today, receiving groups, refusals, domains, what to do next."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign, Recipient, WarmUp
from campaigns.sending.rates import groups
from mailwire.exchangers import Exchangers, Found
from marketing.models import Account, Member, SenderDomain
from marketing.tenancy import use_account
from tests.making import make_sender
from tests.tracking.making import make_sent_campaign
from tracking.deliverability.grouping import (
    KEPT,
    Group,
    count_all,
    count_campaign,
    groups_of_account,
)
from tracking.models import GroupCount, InboundReport

pytestmark = pytest.mark.django_db


def page(client: Any, account: Account) -> str:
    answer = client.get(f"/a/{account.pk}/settings/deliverability/")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def make_campaign(account: Account, addresses: list[str]) -> Campaign:
    """A campaign sent to these addresses."""
    with use_account(account):
        campaign, people = make_sent_campaign(account, people=len(addresses))
        campaign.first_sent_at = timezone.now() - timedelta(days=2)
        campaign.save()
        for person, address in zip(people, addresses, strict=True):
            rows = Recipient.objects.for_account(account).filter(campaign_id=campaign.pk)
            rows.filter(contact_id=person.pk).update(address=address)
    return campaign


def report(campaign: Campaign, address: str, kind: str) -> None:
    with use_account(campaign.account_id):
        rows = Recipient.objects.for_account(campaign.account_id)
        person = rows.filter(campaign_id=campaign.pk, address=address).first()
        assert person is not None
        InboundReport.objects.create(
            account_id=campaign.account_id,
            received_at=timezone.now(),
            kind=kind,
            campaign_id=campaign.pk,
            contact_id=person.contact_id,
            address_hash=b"x" * 32,
            digest=person.contact_id.to_bytes(32, "big"),
        )


def told(account: Account) -> list[Group]:
    with use_account(account):
        return groups_of_account(account.pk)


@pytest.fixture
def google(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two domains behind one organisation: known already, so that nobody is asked."""
    directory = groups.directory()
    hosts = Exchangers(Found.HOSTS, ("aspmx.l.google.com",))
    for domain in ("one.test", "two.test"):
        monkeypatch.setitem(directory._known, domain, (float("inf"), hosts))


class TestGroups:
    def test_domains_of_one_organisation_count_together(self, acme: Account, google: None) -> None:
        campaign = make_campaign(acme, ["a@one.test", "b@TWO.test", "c@three.example"])
        report(campaign, "a@one.test", "complaint")
        with use_account(acme):
            Recipient.objects.for_account(acme).filter(address="b@TWO.test").update(
                trouble="failed", sent_at=None
            )
        assert count_all() == 1
        assert told(acme) == [("google.com", 2, 1, 1), ("three.example", 1, 0, 0)]

    def test_it_is_counted_anew_only_where_something_happened(self, acme: Account) -> None:
        campaign = make_campaign(acme, ["a@three.example"])
        assert [count_all(), count_all()] == [1, 0]
        report(campaign, "a@three.example", "complaint")
        assert count_campaign(acme.pk, campaign.pk)
        assert told(acme) == [("three.example", 1, 0, 1)]

    def test_the_small_ones_are_one_line(self, acme: Account) -> None:
        addresses = [f"p@d{number:02}.example" for number in range(KEPT + 5)]
        make_campaign(acme, ["x@d00.example", "erased", *addresses])
        count_all()
        found = told(acme)
        assert found[0] == ("d00.example", 2, 0, 0)
        assert found[-1] == ("", 6, 0, 0)
        assert sum(group[1] for group in found) == len(addresses) + 2

    def test_older_campaigns_and_other_accounts_are_left_out(
        self, acme: Account, velo: Account
    ) -> None:
        old = make_campaign(acme, ["a@three.example"])
        make_campaign(velo, ["a@four.example"])
        count_all()
        with use_account(acme):
            past = timezone.now() - timedelta(days=31)
            Campaign.objects.for_account(acme).filter(pk=old.pk).update(first_sent_at=past)
        assert told(acme) == []
        assert told(velo) == [("four.example", 1, 0, 0)]


class TestPage:
    def test_groups_have_rates_where_there_are_enough_mails(
        self, acme: Account, rita: Member, as_member: Any
    ) -> None:
        with use_account(acme):
            for name, mails in (("big.example", 2000), ("small.example", 19)):
                GroupCount.objects.create(
                    account_id=acme.pk,
                    campaign_id=make_sent_campaign(acme)[0].pk,
                    name=name,
                    mails=mails,
                    refused=10,
                    complaints=1,
                )
            Campaign.objects.for_account(acme).update(first_sent_at=timezone.now())
        text = page(as_member(rita), acme)
        assert "big.example" in text
        assert "0.5%" in text
        assert "0.05%" in text
        assert "52.6%" not in text

    def test_todays_numbers_stand_there_with_the_warm_up(
        self, acme: Account, rita: Member, as_member: Any, settings: Any
    ) -> None:
        settings.NEW_ACCOUNT_MAILS = 700
        with use_account(acme):
            today = timezone.localdate()
            WarmUp.objects.create(account=acme, domain="new.example", starts_on=today)
        text = page(as_member(rita), acme)
        assert "The whole account" in text
        assert ">700<" in text
        assert "new.example" in text
        assert "New accounts start low" in text
        assert "Your account is new." in text

    def test_domains_that_lack_something_are_the_next_step(
        self, acme: Account, rita: Member, as_member: Any
    ) -> None:
        now = timezone.now()
        with use_account(acme):
            for name in ("one", "two", "three", "four"):
                make_sender(acme, f"news@{name}.example")
            make = SenderDomain.objects.create
            make(account=acme, domain="two.example", challenge="x")
            make(account=acme, domain="three.example", verified_at=now, checked_at=now)
            make(
                account=acme,
                domain="four.example",
                verified_at=now,
                checked_at=now,
                dmarc_policy="reject",
            )
        text = page(as_member(rita), acme)
        assert "Add one.example, so that your mail carries its own signature." in text
        assert "Publish the records of two.example that are missing." in text
        assert "Publish a DMARC record for three.example" in text
        assert "four.example" in text
        assert "for four.example" not in text

    def test_refusals_by_policy_are_a_step_with_the_servers_words(
        self, acme: Account, rita: Member, as_member: Any
    ) -> None:
        campaign = make_campaign(acme, [f"p{number}@three.example" for number in range(3)])
        with use_account(acme):
            Recipient.objects.for_account(acme).filter(campaign_id=campaign.pk).update(
                trouble="failed",
                reply="550 5.7.26 Unauthenticated <sender>",
                trouble_at=timezone.now(),
            )
        text = page(as_member(rita), acme)
        assert text.count("550 5.7.26 Unauthenticated &lt;sender&gt;") == 3
        assert "Several servers refuse your mail by their policy" in text

    def test_it_takes_as_many_queries_with_one_mail_as_with_many(
        self, acme: Account, rita: Member, as_member: Any
    ) -> None:
        client = as_member(rita)
        make_campaign(acme, ["a@three.example"])
        count_all()
        page(client, acme)  # what is read once per process is read
        with CaptureQueriesContext(connection) as first:
            page(client, acme)
        for number in range(5):
            make_campaign(acme, [f"{n}@d{number}.example" for n in range(5)])
        count_all()
        with CaptureQueriesContext(connection) as second:
            page(client, acme)
        assert len(first) == len(second)
