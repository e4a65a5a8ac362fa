"""What came back, once each: reports that led to a recipient, replies on their way to the sender,
mail that led to nobody; and how the mailbox is, and the key of a provider's signatures.
"""

from django.db import models

from marketing.accounts.models import AccountOwned
from marketing.models import Sender
from marketing.row_security import TenantForeignKey


class InboundReport(AccountOwned):
    """One report about one recipient, or consent request, of this account. Never applied twice."""

    received_at = models.DateTimeField()
    kind = models.CharField(max_length=10)  # judging.Kind
    status = models.CharField(max_length=12, blank=True)  # enhanced code, refined by the text
    reported_status = models.CharField(max_length=12, blank=True)  # as reported, where it differs
    diagnostic = models.CharField(max_length=500, blank=True)  # the server's own words
    subject = models.CharField(max_length=300, blank=True)
    campaign_id = models.BigIntegerField(null=True)  # NULL: a consent request's mail
    contact_id = models.BigIntegerField()
    address_hash = models.BinaryField(max_length=32)
    alarm = models.BooleanField(default=False)
    # Failed, but nothing says why; or words we do not understand: for a person to look at.
    needs_review = models.BooleanField(default=False)
    digest = models.BinaryField(max_length=32)  # of the report's Message-ID and the key

    class Meta:
        db_table = "inbound_report"
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="inbound_report_once")
        ]
        indexes = [
            models.Index(fields=["account", "-id"], name="inbound_report_newest"),
            models.Index(
                fields=["account", "address_hash", "received_at"], name="inbound_report_of_address"
            ),
            models.Index(
                fields=["account", "received_at"],
                condition=models.Q(alarm=True),
                name="inbound_report_alarms",
            ),
            models.Index(
                fields=["account", "-id"],
                condition=models.Q(needs_review=True),
                name="inbound_report_to_review",
            ),
        ]


class UnclaimedMail(models.Model):
    """Mail whose key is missing or forged. It changes nothing; the operator may look at it.

    Belongs to no account: whoever wrote it has not shown that it concerns one.
    """

    received_at = models.DateTimeField()
    envelope_to = models.CharField(max_length=320, blank=True)
    sender = models.CharField(max_length=300, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    why = models.CharField(max_length=20)  # "no key", "forged key", "unauthenticated", "unknown"
    raw = models.BinaryField(max_length=65536)  # its beginning
    digest = models.BinaryField(max_length=32, unique=True)

    class Meta:
        db_table = "unclaimed_mail"


class ReplyRoute(AccountOwned):
    """Who gets the replies to a sender's mails. Without a row: the sender's own address."""

    class Target(models.TextChoices):
        """Only addresses that somebody has shown to be theirs: nobody is mailed who did not ask."""

        SENDER = "sender", "The sender's address"
        MEMBER = "member", "A member"
        NOBODY = "nobody", "Nobody"

    sender = models.ForeignKey(Sender, models.CASCADE, db_constraint=False, related_name="+")
    target = models.CharField(max_length=8, choices=Target.choices, default=Target.SENDER)
    member_id = models.BigIntegerField(null=True)

    class Meta:
        db_table = "reply_route"
        constraints = [
            models.UniqueConstraint(fields=["account", "sender"], name="reply_route_of_sender"),
            TenantForeignKey(field="sender", to="sender", name="reply_route_sender"),
        ]


class Reply(AccountOwned):
    """A reply of a person, kept until it was handed on; then its words go and the row stays.

    Rows of the last hour are what the limits count.
    """

    received_at = models.DateTimeField()
    campaign_id = models.BigIntegerField()
    contact_id = models.BigIntegerField()
    raw = models.BinaryField()  # b"" when it ended
    digest = models.BinaryField(max_length=32)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=200, blank=True)  # "sent", or why not

    class Meta:
        db_table = "reply"
        constraints = [models.UniqueConstraint(fields=["account", "digest"], name="reply_once")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(ended_at__isnull=True), name="reply_due"
            ),
            models.Index(fields=["account", "received_at"], name="reply_newest"),
        ]


class HookKey(AccountOwned):
    """What proves that events come from the account's provider: its key for signatures, sealed.

    `confirm_url`: Amazon asks whether the account wants its topic; a member opens it, not we.
    """

    provider = models.CharField(max_length=30)
    sealed = models.BinaryField(default=b"")
    confirm_url = models.CharField(max_length=2000, blank=True)
    confirm_asked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "hook_key"
        constraints = [
            models.UniqueConstraint(fields=["account", "provider"], name="hook_key_of_provider")
        ]


class InboundMailbox(models.Model):
    """How the mailbox that is polled by IMAP is. Of the installation, no account's."""

    place = models.CharField(max_length=300, unique=True)  # without the password
    due_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)  # somebody is looking
    looked_at = models.DateTimeField(null=True)  # the last time without trouble
    taken = models.BigIntegerField(default=0)
    set_aside = models.BigIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)  # in a row
    trouble = models.CharField(max_length=40, blank=True)  # mailbox.imap.Trouble
    words = models.CharField(max_length=300, blank=True)  # the server's own

    class Meta:
        db_table = "inbound_mailbox"
