"""Recipient, chunk and the small queue of exceptions (architecture 5).

No foreign keys and no identity column on rows that one statement makes by the million; a nightly
check proves their parents instead. The update "sent" touches only columns that no index and no
index condition mentions, so that it stays heap-only (fillfactor 50, set by migration).
"""

from django.db import models

from marketing.row_security import AccountQuerySet


class Verdict(models.IntegerChoices):
    """The gate's answer when the campaign was prepared; never changes afterwards."""

    SEND = 1, "Send"
    ASK = 2, "Ask first"
    NEVER = 3, "Never"


class Trouble(models.TextChoices):
    """NULL for nearly everyone."""

    RETRY = "retry", "Tries again"
    FAILED = "failed", "Refused for good"
    UNKNOWN = "unknown", "Outcome unknown"
    ASKED = "asked", "Asked after queueing"  # a country tightened: held as Pending consent


class Recipient(models.Model):
    """One contact in one campaign. Key: account, campaign, contact."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "contact_id")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    chunk = models.IntegerField()  # number of the chunk that counts this row
    address = models.CharField(max_length=320)
    address_hash = models.BinaryField(max_length=32)
    verdict = models.SmallIntegerField(choices=Verdict.choices)
    reason = models.CharField(max_length=24)  # code, see recipients/reasons.py
    reason_at = models.DateTimeField(null=True)  # evidence: when asked, left, refused ...
    reason_campaign_id = models.BigIntegerField(null=True)  # asked by which campaign
    strict = models.BooleanField(default=False)  # no country: treated as strict
    prepared_at = models.DateTimeField()
    wait_until = models.DateTimeField(null=True)  # pending consent: answer by
    released_at = models.DateTimeField(null=True)
    closed_reason = models.CharField(max_length=24, null=True)
    closed_at = models.DateTimeField(null=True)
    trouble = models.CharField(max_length=8, null=True, choices=Trouble.choices)
    trouble_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    reply = models.CharField(max_length=500, blank=True, default="")  # the server's own words
    measured_opens = models.BooleanField(default=False)  # pixel was in this person's mail
    measured_clicks = models.BooleanField(default=False)
    settled_by_id = models.BigIntegerField(null=True)  # member who settled Outcome unknown

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "recipient"
        indexes = [
            models.Index(
                fields=["account_id", "contact_id", "campaign_id"], name="recipient_of_contact"
            ),
            models.Index(
                fields=["account_id", "campaign_id", "trouble", "contact_id"],
                condition=models.Q(trouble__isnull=False),
                name="recipient_in_trouble",
            ),
            models.Index(
                fields=["account_id", "campaign_id", "closed_reason", "contact_id"],
                condition=models.Q(closed_reason__isnull=False),
                name="recipient_closed",
            ),
            models.Index(
                fields=["account_id", "address_hash", "campaign_id"],
                condition=models.Q(verdict=2),
                name="recipient_asked_first",
            ),
        ]


class Chunk(models.Model):
    """A range of recipients (or of consent requests) that is leased, sent and counted together.

    Progress of a campaign is the sum over its mail chunks: queued + pending + sent + never +
    failed + unknown = planned at every moment. A stopped campaign shows queued + pending as
    Stopped.
    """

    class Kind(models.TextChoices):
        """Requests leave before the campaign's own mails."""

        REQUEST = "request", "Consent requests"
        MAIL = "mail", "Campaign mails"

    id = models.BigAutoField(primary_key=True)
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    number = models.IntegerField()
    kind = models.CharField(max_length=7, choices=Kind.choices)
    lo = models.BigIntegerField()  # contact ids, both ends included
    hi = models.BigIntegerField()
    planned = models.IntegerField(default=0)
    queued = models.IntegerField(default=0)
    pending = models.IntegerField(default=0)
    sent = models.IntegerField(default=0)
    never = models.IntegerField(default=0)
    never_reasons = models.JSONField(null=True)  # reason -> people of `never`; NULL: nobody
    failed = models.IntegerField(default=0)
    unknown = models.IntegerField(default=0)
    measured_opens = models.IntegerField(db_default=0)  # sent with a pixel
    measured_clicks = models.IntegerField(db_default=0)  # sent with tracked links
    done_at = models.DateTimeField(null=True)  # nothing left that the chunk's own pass can send
    worker = models.CharField(max_length=80, blank=True, default="")
    generation = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "chunk"
        constraints = [
            models.UniqueConstraint(
                fields=["account_id", "campaign_id", "kind", "number"], name="chunk_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["account_id", "id"],
                condition=models.Q(done_at__isnull=True),
                name="chunk_open",
            )
        ]


class DueRecipient(models.Model):
    """The small queue of exceptions: released by an answer, to be tried again, held and asked."""

    pk = models.CompositePrimaryKey("account_id", "campaign_id", "contact_id")
    account_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    why = models.CharField(max_length=10)  # "released", "retry", "again"
    worker = models.CharField(max_length=80, blank=True, default="")
    generation = models.IntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        db_table = "due_recipient"
        indexes = [models.Index(fields=["due_at"], name="due_recipient_due")]
