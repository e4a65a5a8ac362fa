"""The two accounts with owner, sender and form, a sent campaign, and a draft to everybody."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone

from campaigns.composing import blocks
from campaigns.composing.drafting import new_campaign
from campaigns.models import Campaign, CampaignEvent, CampaignSegment, Link
from consent.forms.versions import standard_form
from marketing.models import Account, Member, Sender, User
from marketing.opening.accounts import Company, Opened, next_account_id, open_account
from marketing.tenancy import no_account, use_account

NAMES = {"small": "Small Company", "large": "Large Company"}
LINKS = 3


@dataclass(frozen=True)
class Cast:
    """One account: its owner, what was sent, what may be launched."""

    account: Account
    owner: Member
    sent: Campaign
    draft: Campaign


def make(size: str) -> Cast:
    """Open a US account: at home nobody must be asked, in half of the countries the law asks."""
    with no_account():
        account_id = next_account_id()
        user = User.objects.create_user(f"owner@{size}.example", None, name="Olga Petit")
    company = Company(NAMES[size], "US", "UTC", "12 Main Street, Springfield")
    with use_account(account_id):
        opened = open_account(account_id, company, owner=user)
        Sender.objects.for_account(account_id).update(verified_at=timezone.now())
        standard_form(account_id)
        return Cast(opened.account, opened.owner, _sent(opened), _draft(opened))


def find(size: str) -> Cast:
    """The account as it was made."""
    with no_account():
        account = Account.objects.get(name=NAMES[size])
        owner = Member.objects.select_related("account", "user").get(account=account)
    with use_account(account):
        campaigns = Campaign.objects.for_account(account)
        sent = campaigns.get(name="Autumn")
        draft = campaigns.get(name="Tuesday news")
    return Cast(account, owner, sent, draft)


def _sent(opened: Opened) -> Campaign:
    at = timezone.now() - timedelta(days=2)
    sent = new_campaign(opened.account, by=opened.owner, name="Autumn")
    Campaign.objects.for_account(opened.account).filter(pk=sent.pk).update(
        state=Campaign.State.SENDING,
        subject="Autumn bikes",
        sender=opened.first_sender,
        track_opens=True,
        track_clicks=True,
        launched_at=at,
        launched_by=opened.owner,
        prepared_at=at,
        joiners_looked_at=at,
        first_sent_at=at,
        html="<p>Autumn</p>",
        text="Autumn",
    )
    for number in range(1, LINKS + 1):
        Link.objects.create(
            account=opened.account,
            campaign=sent,
            number=number,
            target=f"https://shop.example/{number}",
            label=f"Link {number}",
        )
    CampaignEvent.objects.create(
        account=opened.account, campaign=sent, at=at, what="launched", text="Launched"
    )
    return sent


def _draft(opened: Opened) -> Campaign:
    draft = new_campaign(opened.account, by=opened.owner, name="Tuesday news")
    document = blocks.starting_document()
    button = {"label": "See the bikes", "href": "https://shop.example/bikes"}
    Campaign.objects.for_account(opened.account).filter(pk=draft.pk).update(
        sender=opened.first_sender,
        subject="News from us",
        content=blocks.as_data(blocks.add(document, "button", props=button)),
    )
    CampaignSegment.objects.create(
        account=opened.account, campaign=draft, segment=opened.everybody, side="in"
    )
    return draft
