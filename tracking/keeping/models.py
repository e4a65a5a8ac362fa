"""What stays of deleted events, and how far judging anew and recounting are."""

from django.db import models

from marketing.row_security import AccountQuerySet


class SettledEvent(models.Model):
    """Requests of one recipient whose raw events are gone: how many of each class, the first when.

    Folding adds them to the events that are still there, so that a late request changes nothing
    that was counted before. Neither network nor program is kept.
    """

    pk = models.CompositePrimaryKey(
        "account_id", "campaign_id", "contact_id", "kind", "number", "judged_class"
    )
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=5)  # open, click
    number = models.PositiveSmallIntegerField()
    judged_class = models.CharField(max_length=8)
    first_at = models.DateTimeField()
    events = models.IntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "settled_event"


class ErasedCount(models.Model):
    """What erased people still count as, per campaign; who they were is not kept.

    `measure` is a column of campaign_totals, "pressed" (people per link), or "open" and "click"
    (requests per link and class).
    """

    pk = models.CompositePrimaryKey(
        "account_id", "campaign_id", "measure", "number", "judged_class"
    )
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    measure = models.CharField(max_length=16)
    number = models.PositiveSmallIntegerField(default=0)
    judged_class = models.CharField(max_length=8, blank=True)
    count = models.IntegerField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "erased_count"


class Rejudging(models.Model):
    """How far an account's history was judged by the newest rules; one row per account.

    Goes through engagement by its key; `done` of `people` recipients are judged anew.
    """

    account_id = models.BigIntegerField(primary_key=True)
    version = models.CharField(max_length=20)
    campaign_id = models.BigIntegerField(default=0)
    contact_id = models.BigIntegerField(default=0)
    people = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "rejudging"


class Recount(models.Model):
    """The last comparison of an account's sums with the rows behind them."""

    account_id = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField()
    campaigns = models.IntegerField()
    # Sentences for people: which number of which campaign differs, and by how much.
    differences = models.JSONField(default=list)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "recount"
