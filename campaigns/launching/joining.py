"""Keep sending: people who joined the segments after the launch are asked or sent, each once."""

from django.utils import timezone

from campaigns.launching.happening import happened
from campaigns.launching.preparing import Sizes, locked_campaign, make_recipients
from campaigns.launching.progress import people, progress_of
from campaigns.models import Campaign
from marketing.tenancy import use_account

_LOOKING = (Campaign.State.SENDING, Campaign.State.WAITING)


def join(account_id: int, campaign_id: int, *, sizes: Sizes | None = None) -> int:
    """Prepare whoever is new in the segments; returns how many. Each waits from their own request.

    Batches in transactions of their own; people who are recipients are left out, so a second run
    makes nothing twice.
    """
    joined = 0
    after: int | None = 0
    while after is not None:
        after, count = _join_batch(account_id, campaign_id, after=after, sizes=sizes or Sizes())
        joined += count
    return joined


def _join_batch(
    account_id: int, campaign_id: int, *, after: int, sizes: Sizes
) -> tuple[int | None, int]:
    with use_account(account_id):
        campaign = locked_campaign(account_id, campaign_id)
        if campaign is None or campaign.state not in _LOOKING or not campaign.keep_sending:
            return None, 0
        now = timezone.now()
        before = progress_of(campaign).planned
        hi = make_recipients(campaign, after=after, sizes=sizes, now=now, joiners=True)
        if hi is None:
            campaign.joiners_looked_at = now
            campaign.save(update_fields=["joiners_looked_at"])
            return None, 0
        count = progress_of(campaign).planned - before
        campaign.state = Campaign.State.SENDING
        campaign.save(update_fields=["state"])
        happened(campaign, "joined", f"{people(count)} joined the segments", at=now)
        return hi, count
