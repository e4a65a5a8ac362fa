"""What happened to a campaign, newest first on its Overview."""

from django.db import models

from campaigns.composing.models import Campaign
from marketing.accounts.models import AccountOwned
from marketing.row_security import TenantForeignKey


class CampaignEvent(AccountOwned):
    """One line of "What happened": launched, prepared, paused, resumed, server away, finished."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, db_constraint=False, related_name="events"
    )
    at = models.DateTimeField()
    what = models.CharField(max_length=30)
    text = models.CharField(max_length=300)
    who = models.CharField(max_length=254, blank=True)

    class Meta:
        db_table = "campaign_event"
        constraints = [
            TenantForeignKey(field="campaign", to="campaign", name="campaign_event_campaign")
        ]
        indexes = [
            models.Index(fields=["account", "campaign", "-id"], name="campaign_event_newest")
        ]
