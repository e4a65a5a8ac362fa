"""What came back, once each: reports that led to a recipient, and mail that led to nobody."""

from django.db import models

from marketing.accounts.models import AccountOwned


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
