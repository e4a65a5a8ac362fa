"""The page after a yes says what is true about the newsletter at that moment."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, Recipient
from consent.ledger.suppressing import suppress
from consent.models import ConsentRequest
from marketing.models import Account, Contact
from marketing.signing import tokens
from marketing.tenancy import use_account
from tests.consent.making import make_recipient, make_request
from tests.consent.test_asking import make_campaign
from tests.making import make_sender

COMING = "The newsletter is on its way to"


@pytest.fixture
def asked(acme: Account, ana: Contact) -> ConsentRequest:
    """Asked by a campaign that sends, with a sender of its own."""
    with use_account(acme):
        make_sender(acme, "first@acme.example", name="First of all")
        campaign = make_campaign(acme)
        sender = make_sender(acme, "winter@acme.example", name="Winter at Acme")
        Campaign.objects.for_account(acme).filter(pk=campaign.pk).update(
            state="waiting", sender=sender
        )
        make_recipient(acme, ana, campaign_id=campaign.pk)
        return make_request(acme, ana, campaign_id=campaign.pk)


def page(request: ConsentRequest, **data: str) -> str:
    url = f"/c/{tokens.make('answer', request.account_id, request.pk)}"
    answer = Client().post(url, data) if data else Client().get(url)
    return str(answer.content.decode())


def change(request: ConsentRequest, **fields: Any) -> None:
    with use_account(request.account_id):
        Campaign.objects.for_account(request.account_id).update(**fields)


def test_it_is_on_its_way_where_the_campaign_goes_on(asked: ConsentRequest) -> None:
    assert COMING in page(asked, answer="yes")


def test_a_paused_campaign_holds_it_back(asked: ConsentRequest) -> None:
    change(asked, state="paused", state_before_pause="waiting")
    text = page(asked, answer="yes")
    assert "holds this newsletter back at the moment" in text
    assert COMING not in text


@pytest.mark.parametrize("state", ["stopped", "finished"])
def test_a_campaign_that_ended_sends_nothing_more(asked: ConsentRequest, state: str) -> None:
    change(asked, state=state)
    text = page(asked, answer="yes")
    assert "you get the next newsletter" in text
    assert COMING not in text


def test_it_was_sent_when_the_page_is_opened_again_later(asked: ConsentRequest) -> None:
    page(asked, answer="yes")
    with use_account(asked.account_id):
        rows = Recipient.objects.for_account(asked.account_id)
        rows.filter(campaign_id=asked.campaign_id).update(sent_at=timezone.now())
    assert "The newsletter was sent to <strong>ana@example.test</strong>" in page(asked)


def test_a_deleted_contact_is_promised_nothing(asked: ConsentRequest, ana: Contact) -> None:
    with use_account(asked.account_id):
        ana.delete()
    text = page(asked, answer="yes")
    assert "taken your address off its contacts" in text
    assert COMING not in text


def test_a_blocked_address_is_promised_nothing(asked: ConsentRequest) -> None:
    with use_account(asked.account_id):
        suppress(asked.account_id, [bytes(asked.address_hash)], "member")
    text = page(asked, answer="yes")
    assert "does not write to this address at the moment" in text
    assert "You are in" not in text
    assert COMING not in text


def test_pages_name_the_sender_of_the_campaign(asked: ConsentRequest) -> None:
    text = page(asked)
    assert "Winter at Acme, <bdi>winter@acme.example</bdi>" in text
    assert "first@acme.example" not in text
