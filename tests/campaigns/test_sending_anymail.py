"""A campaign through a provider: anymail's own code against an HTTP stub on this machine."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign, CampaignEvent, Recipient
from campaigns.sending import running
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.provider import Provider, listening
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


@pytest.fixture
def provider(settings: Any, tmp_path: Path) -> Iterator[Provider]:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    settings.EMAIL_BACKEND = "anymail.backends.postmark.EmailBackend"
    with listening() as server:
        settings.ANYMAIL = server.anymail
        running._engines.clear()
        yield server
    running._engines.clear()


def launch(account: Account, count: int) -> tuple[Campaign, list[Contact]]:
    with use_account(account):
        campaign = make_running(account)
        people = make_people(account, count)
        make_planned(campaign, people)
    return campaign, people


def test_a_campaign_goes_out_through_the_provider_with_our_recipient_key(
    acme: Account, provider: Provider
) -> None:
    campaign, people = launch(acme, 3)
    slices.send_chunks()
    assert counts(campaign) == {"sent": 3}
    keys = [
        {"account": str(acme.pk), "campaign": str(campaign.pk), "contact": str(person.pk)}
        for person in people
    ]
    assert sorted((mail["Metadata"] for mail in provider.received), key=str) == sorted(
        keys, key=str
    )
    headers = {header["Name"]: header["Value"] for header in provider.received[0]["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    with use_account(acme):
        replies = Recipient.objects.for_account(acme).values_list("reply", flat=True)
        assert all("sent m-" in reply for reply in replies)


def test_a_provider_that_is_away_leaves_everybody_queued(acme: Account, provider: Provider) -> None:
    campaign, _ = launch(acme, 2)
    provider.shutdown()
    provider.server_close()
    running.send_chunks()
    assert counts(campaign) == {"queued": 2}
    with use_account(acme):
        assert CampaignEvent.objects.for_account(acme).get().what == "server_away"
