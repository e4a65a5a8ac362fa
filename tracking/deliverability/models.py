"""What became of a campaign's mail by receiving group, counted in the background."""

from django.db import models

from marketing.row_security import AccountQuerySet


class GroupCount(models.Model):
    """Mails of one campaign to one receiving group; `name` "" are all the small ones together."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "name")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    name = models.CharField(max_length=253)
    mails = models.IntegerField()
    refused = models.IntegerField()  # at once, or returned later
    complaints = models.IntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "group_count"


class GroupsCounted(models.Model):
    """How far the counting of a campaign is: what it had seen when it counted."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    mails = models.BigIntegerField()
    reports = models.BigIntegerField()
    counted_at = models.DateTimeField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "groups_counted"
