"""The campaign with its content and links. Content freezes when Preparing starts."""

from typing import Any, ClassVar

from django.db import models

from consent.models import ConsentForm
from marketing.accounts.models import AccountOwned
from marketing.models import Member, Segment, Sender
from marketing.row_security import AccountQuerySet, TenantForeignKey


class CampaignQuerySet(AccountQuerySet["Campaign"]):
    """Sets of campaigns, by adjective."""

    def editable(self) -> "CampaignQuerySet":
        """Draft or scheduled: content and settings may change."""
        return self.filter(state__in=Campaign.EDITABLE)

    def running(self) -> "CampaignQuerySet":
        """Launched and not ended."""
        return self.filter(state__in=Campaign.RUNNING)


class Campaign(AccountOwned):
    """One newsletter, from draft to finished."""

    class State(models.TextChoices):
        """Labels as on screen."""

        DRAFT = "draft", "Draft"
        SCHEDULED = "scheduled", "Scheduled"
        PREPARING = "preparing", "Preparing"
        SENDING = "sending", "Sending"
        WAITING = "waiting", "Waiting for consent"
        PAUSED = "paused", "Paused"
        FINISHED = "finished", "Finished"
        STOPPED = "stopped", "Stopped"

    EDITABLE = (State.DRAFT, State.SCHEDULED)
    RUNNING = (State.PREPARING, State.SENDING, State.WAITING, State.PAUSED)

    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    state_before_pause = models.CharField(max_length=10, blank=True)
    paused_why = models.CharField(max_length=300, blank=True)

    sender = models.ForeignKey(
        Sender, models.RESTRICT, null=True, db_constraint=False, related_name="+"
    )
    reply_to = models.CharField(max_length=320, blank=True)  # "" = same as sender
    subject = models.CharField(max_length=200, blank=True)
    preheader = models.CharField(max_length=200, blank=True)
    content = models.JSONField(default=dict)  # block document, campaigns.composing.blocks
    language = models.CharField(max_length=12, default="en")

    track_opens = models.BooleanField()
    track_clicks = models.BooleanField()
    require_consent = models.BooleanField()
    consent_form = models.ForeignKey(
        ConsentForm, models.RESTRICT, null=True, db_constraint=False, related_name="+"
    )
    waiting_days = models.PositiveSmallIntegerField(default=30)  # 1 to 60
    keep_sending = models.BooleanField(default=False)
    keep_sending_until = models.DateField(null=True)

    version = models.PositiveIntegerField(default=1)  # two tabs: saved against this number
    created_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    # Who saved last: what another tab is told.
    changed_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")

    scheduled_at = models.DateTimeField(null=True)
    launched_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    launched_at = models.DateTimeField(null=True)
    # Frozen at launch: a running campaign is judged by the stricter of these and today's.
    frozen_country = models.CharField(max_length=2, blank=True)
    frozen_rules_version_id = models.BigIntegerField(null=True)
    # Frozen at launch: rendered templates with merge tags and link numbers.
    html = models.TextField(blank=True)
    text = models.TextField(blank=True)
    # Checkpoint of preparing: the last contact id that was judged; NULL before the first batch.
    prepared_to = models.BigIntegerField(null=True)
    prepared_at = models.DateTimeField(null=True)
    joiners_looked_at = models.DateTimeField(null=True)
    first_sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[Any] = CampaignQuerySet.as_manager()

    class Meta:
        db_table = "campaign"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="campaign_of_account"),
            models.CheckConstraint(
                name="campaign_waits_1_to_60_days",
                condition=models.Q(waiting_days__gte=1, waiting_days__lte=60),
            ),
            TenantForeignKey(
                field="sender", to="sender", name="campaign_sender", on_delete="RESTRICT"
            ),
            TenantForeignKey(
                field="consent_form",
                to="consent_form",
                name="campaign_consent_form",
                on_delete="RESTRICT",
            ),
        ]
        indexes = [models.Index(fields=["account", "-id"], name="campaign_newest")]


class CampaignSegment(AccountOwned):
    """A segment that is in, or left out of, a campaign."""

    class Side(models.TextChoices):
        """In or out."""

        IN = "in", "Gets it"
        OUT = "out", "Left out"

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, db_constraint=False, related_name="segment_rows"
    )
    segment = models.ForeignKey(Segment, models.RESTRICT, db_constraint=False, related_name="+")
    side = models.CharField(max_length=3, choices=Side.choices)

    class Meta:
        db_table = "campaign_segment"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "campaign", "segment"], name="campaign_segment_once"
            ),
            TenantForeignKey(field="campaign", to="campaign", name="campaign_segment_campaign"),
            TenantForeignKey(
                field="segment",
                to="segment",
                name="campaign_segment_segment",
                on_delete="RESTRICT",
            ),
        ]


class Picture(AccountOwned):
    """A picture for newsletters, re-encoded by us; public under its unguessable name."""

    class Kind(models.TextChoices):
        """What we write; the value is the file's ending."""

        JPEG = "jpg", "JPEG"
        PNG = "png", "PNG"
        GIF = "gif", "GIF"

    name = models.CharField(max_length=32)
    kind = models.CharField(max_length=3, choices=Kind.choices)
    content = models.BinaryField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(Member, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "picture"
        constraints = [
            models.UniqueConstraint(fields=["account", "name"], name="picture_name_once"),
        ]


class Link(AccountOwned):
    """A tracked link of a launched campaign: its number selects a stored target."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, db_constraint=False, related_name="links"
    )
    number = models.PositiveSmallIntegerField()
    target = models.TextField()  # with merge tags: the template; the person's own in LinkTarget
    label = models.CharField(max_length=200)  # for the report, without personal data
    has_merge_tags = models.BooleanField(default=False)

    class Meta:
        db_table = "link"
        constraints = [
            models.UniqueConstraint(fields=["account", "campaign", "number"], name="link_once"),
            TenantForeignKey(field="campaign", to="campaign", name="link_campaign"),
        ]


class LinkTarget(models.Model):
    """One person's own target of a link with merge tags, frozen when the mail is compiled."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "contact_id", "number")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()
    target = models.TextField()

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "link_target"
