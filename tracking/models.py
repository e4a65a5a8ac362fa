"""The tracking event, whose table is partitioned by month, and what stays of deleted ones."""

from django.db import models

from marketing.row_security import AccountQuerySet
from tracking.deliverability.models import GroupCount, GroupsCounted
from tracking.inbound.models import (
    HookKey,
    InboundMailbox,
    InboundReport,
    Reply,
    ReplyRoute,
    UnclaimedMail,
)
from tracking.keeping.models import ErasedCount, Recount, Rejudging, SettledEvent
from tracking.stopping.models import StoppedLink

__all__ = [
    "ErasedCount",
    "GroupCount",
    "GroupsCounted",
    "HookKey",
    "InboundMailbox",
    "InboundReport",
    "Recount",
    "Rejudging",
    "Reply",
    "ReplyRoute",
    "SettledEvent",
    "StoppedLink",
    "TrackingEvent",
    "UnclaimedMail",
]


class TrackingEvent(models.Model):
    """One request for the pixel or a tracked link, as it came, with our judgement of who made it.

    Stored by the endpoint before it answers, judged and folded later. Rows carry no foreign key:
    the statement that stores them joins recipient and campaign of the same account.
    """

    class Kind(models.TextChoices):
        """What was asked for."""

        OPEN = "open", "Opened"
        CLICK = "click", "Clicked"

    class Judged(models.TextChoices):
        """Who made the request, by our rules; "" before judging."""

        NONE = "", "Not judged yet"
        PERSON = "person", "Person"
        MACHINE = "machine", "Machine"
        PROXY = "proxy", "Privacy proxy"
        UNKNOWN = "unknown", "Unknown"

    pk = models.CompositePrimaryKey("account_id", "at", "id")
    account_id = models.BigIntegerField()
    at = models.DateTimeField()
    id = models.BigIntegerField()  # identity
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    kind = models.CharField(max_length=5, choices=Kind.choices)
    number = models.PositiveSmallIntegerField(default=0)  # link number; 0 for the pixel
    method = models.CharField(max_length=8, default="GET")
    ip = models.CharField(max_length=45)
    network = models.CharField(max_length=45)  # the /24 or /48 of it
    agent = models.CharField(max_length=400)
    # "lang fetch dest range ..." which headers of a browser were there, see judging/signals.py
    signals = models.CharField(max_length=200, blank=True)
    judged_class = models.CharField(max_length=8, choices=Judged.choices, blank=True)
    reasons = models.CharField(max_length=300, blank=True)
    rules_version = models.CharField(max_length=20, blank=True)
    folded_at = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        managed = False
        db_table = "tracking_event"
