"""The kill switch: a link, or all links of an account, lead to a page of warning from here on.

Every endpoint learns of it within two seconds (tracking.endpoint.stops), the owners by mail. Mails
that were sent with the address itself in them, to people who are not measured, are out of reach.
"""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from campaigns.models import Campaign, Link
from marketing.models import Account
from marketing.tasks import tell_owners
from marketing.tenancy import every_account, use_account
from tracking.models import StoppedLink


class NoSuchLink(ValueError):
    """What should be stopped is not there; the message is for the operator."""


def stop(account_id: int, campaign_id: int = 0, number: int = 0, *, why: str) -> bool:
    """Stop one link, or without a campaign all of the account. False: it was, and says so anew.

    Raises NoSuchLink.
    """
    if not Account.objects.filter(pk=account_id).exists():
        raise NoSuchLink("There is no such account.")
    with use_account(account_id):
        links = Link.objects.for_account(account_id).select_related("campaign")
        link = links.filter(campaign_id=campaign_id, number=number).first()
        if campaign_id and link is None:
            raise NoSuchLink(f"Campaign {campaign_id} has no link {number}.")
        _, is_new = StoppedLink.objects.for_account(account_id).update_or_create(
            account_id=account_id,
            campaign_id=campaign_id,
            number=number,
            undone_at=None,
            defaults={"why": why[:300]},
        )
        if is_new:
            _tell(account_id, link, why=why)
    return is_new


def undo(account_id: int, campaign_id: int = 0, number: int = 0) -> bool:
    """Let it lead on again; whether it was stopped. Why, and since when, stays on record."""
    with use_account(account_id):
        held = StoppedLink.objects.for_account(account_id).filter(undone_at=None)
        rows = held.filter(campaign_id=campaign_id, number=number)
        return bool(rows.update(undone_at=timezone.now()))


def _tell(account_id: int, link: Link | None, *, why: str) -> None:
    """Mail the owners. The target is not named: a mail program would make a link of it."""
    account = Account.objects.get(pk=account_id)
    words: dict[str, object] = {"account": account, "why": why}
    page, subject = reverse("campaigns:campaigns", args=[account_id]), "Every link is stopped"
    if link is not None:
        page = reverse("tracking:statistics", args=[account_id, link.campaign_id])
        subject = f"A link in “{link.campaign.name}” is stopped"
        words |= {"campaign": link.campaign, "number": link.number}
    text = render_to_string(
        "email/link_stopped/text.txt", words | {"url": f"{settings.SITE_URL}{page}"}
    )
    tell_owners(account_id, subject=subject, text=text)


def account_of(campaign_id: int) -> int:
    """Whose campaign it is. Raises NoSuchLink."""
    with every_account():
        found = Campaign.objects.filter(pk=campaign_id).values_list("account_id", flat=True).first()
    if found is None:
        raise NoSuchLink("There is no such campaign.")
    return int(found)


def stopped_links() -> list[StoppedLink]:
    """Everything that is stopped now, of every account, the newest first."""
    with every_account():
        return list(StoppedLink.objects.filter(undone_at=None).order_by("-stopped_at", "-id"))
