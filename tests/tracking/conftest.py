"""What several modules of this room need: the endpoint as a process, a sent campaign."""

from collections.abc import Iterator

import pytest
from django.utils import timezone

from campaigns.models import Campaign, Link, Recipient
from marketing.models import Account, Contact
from marketing.tenancy import use_account
from tests.making import make_account, make_contact
from tests.tracking.serving import running_endpoint

TARGET = "https://shop.example/autumn?a=1&b=2"


@pytest.fixture
def endpoint(transactional_db: None) -> Iterator[str]:
    with running_endpoint() as url:
        yield url


@pytest.fixture
def sent() -> tuple[Account, Campaign, Contact]:
    """A campaign of a US account with one link, sent to Ana."""
    account = make_account("Acme Bikes", country="US")
    with use_account(account):
        contact = make_contact(account, "ana@example.test", country="US")
        campaign = Campaign.objects.create(
            account=account,
            name="Autumn",
            track_opens=True,
            track_clicks=True,
            require_consent=False,
        )
        Link.objects.create(
            account=account, campaign=campaign, number=1, target=TARGET, label="Autumn"
        )
        Recipient.objects.create(
            account_id=account.pk,
            campaign_id=campaign.pk,
            contact_id=contact.pk,
            chunk=1,
            address=contact.address,
            address_hash=contact.address_hash,
            verdict=1,
            reason="no_consent_needed",
            prepared_at=timezone.now(),
            sent_at=timezone.now(),
        )
    return account, campaign, contact
