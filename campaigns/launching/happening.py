"""One line of "What happened" on the campaign's Overview, and the audit line beside it."""

from datetime import datetime

from django.utils import timezone

from campaigns.models import Campaign, CampaignEvent
from marketing.models import Member


def happened(
    campaign: Campaign,
    what: str,
    text: str,
    *,
    by: Member | None = None,
    at: datetime | None = None,
) -> None:
    """Add a line; call it in the transaction of the change it tells about."""
    CampaignEvent.objects.create(
        account_id=campaign.account_id,
        campaign_id=campaign.pk,
        at=at or timezone.now(),
        what=what,
        text=text[:300],
        who=by.user.display_name if by else "",
    )
