"""Engagement per person and counters per campaign: what lists and statistics read.

Classes: person, machine, privacy proxy, unknown. Headline numbers count people.
"""

from django.db import models

from marketing.row_security import AccountQuerySet


class Engagement(models.Model):
    """What one recipient's requests added up to. Key: account, campaign, contact."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "contact_id")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    opened_first_at = models.DateTimeField(null=True)  # by a person
    opens = models.IntegerField(db_default=0)
    opens_proxy = models.IntegerField(db_default=0)
    opens_machine = models.IntegerField(db_default=0)
    opens_unknown = models.IntegerField(db_default=0)
    clicked_first_at = models.DateTimeField(null=True)  # by a person
    clicks = models.IntegerField(db_default=0)
    clicks_proxy = models.IntegerField(db_default=0)
    clicks_machine = models.IntegerField(db_default=0)
    clicks_unknown = models.IntegerField(db_default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "engagement"


class LinkClick(models.Model):
    """Which link a recipient pressed: first time and count per class."""

    pk = models.CompositePrimaryKey(
        "account_id", "campaign_id", "contact_id", "number", "judged_class"
    )
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()
    judged_class = models.CharField(max_length=8)
    first_at = models.DateTimeField()
    clicks = models.IntegerField(db_default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "link_click"


class Counter(models.Model):
    """Events per campaign, kind, link, hour and class, as the statistics page draws them."""

    pk = models.CompositePrimaryKey(
        "account_id", "campaign_id", "kind", "number", "hour", "judged_class"
    )
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)  # open, click
    number = models.PositiveSmallIntegerField(db_default=0)  # link; 0 for opens
    hour = models.DateTimeField()
    judged_class = models.CharField(max_length=8)
    events = models.IntegerField(db_default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "counter"


class FirstTime(models.Model):
    """People per campaign, kind, link and hour, each counted at their first time. Folding writes.

    Link 0 of clicks is a person's first click of all; a person counts once for each link pressed.
    """

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "kind", "number", "hour")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)  # open, click
    number = models.PositiveSmallIntegerField(db_default=0)
    hour = models.DateTimeField()
    people = models.IntegerField(db_default=0)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "first_time"


class CampaignTotals(models.Model):
    """One row per campaign: the numbers of the Statistics column. Key: account, campaign."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    viewers = models.IntegerField(db_default=0)  # people who opened
    clickers = models.IntegerField(db_default=0)  # people who clicked
    clicked_unseen = models.IntegerField(db_default=0)  # clicked without loading pictures
    proxy_only = models.IntegerField(db_default=0)  # opened, but only through a privacy proxy
    machine_only = models.IntegerField(db_default=0)
    unsure_only = models.IntegerField(db_default=0)
    # Of those, whose mail has errors or an unknown outcome (recipients/unsent.py keeps them, too).
    opened_unsent = models.IntegerField(db_default=0)  # by a person or a privacy proxy
    clicked_unsent = models.IntegerField(db_default=0)
    rules_version = models.CharField(max_length=20, blank=True, db_default="")

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "campaign_totals"
