"""Test sends: only to confirmed addresses of members, five at a time, fifty a day."""

from django.db import models

from campaigns.composing.models import Campaign
from marketing.accounts.models import AccountOwned
from marketing.row_security import TenantForeignKey


class TestSend(AccountOwned):
    """One test mail to one member's address; never counted in statistics."""

    __test__ = False  # not a test class for pytest

    campaign = models.ForeignKey(Campaign, models.CASCADE, db_constraint=False, related_name="+")
    address = models.CharField(max_length=320)
    asked_at = models.DateTimeField()
    asked_by_id = models.BigIntegerField()
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    reply = models.CharField(max_length=500, blank=True)
    ended_at = models.DateTimeField(null=True)  # sent, or given up

    class Meta:
        db_table = "test_send"
        constraints = [TenantForeignKey(field="campaign", to="campaign", name="test_send_campaign")]
