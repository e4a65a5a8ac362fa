"""An account's own way to send: one SMTP account or one provider key, encrypted."""

from django.db import models

from marketing.accounts.models import AccountOwned


class OwnRelay(AccountOwned):
    """At most one per account; without it the operator's relays send.

    `secret` holds the URL or key, encrypted with a key that is not in the database; `shown` is what
    pages show of it: never the password.
    """

    class Kind(models.TextChoices):
        """How the mail is handed over."""

        SMTP = "smtp", "SMTP server"
        PROVIDER = "provider", "Provider"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    provider = models.CharField(max_length=30, blank=True)  # anymail's name of it
    shown = models.CharField(max_length=320)
    secret = models.BinaryField()
    connections = models.PositiveSmallIntegerField(default=4)
    mails_per_connection = models.PositiveSmallIntegerField(default=100)
    changed_at = models.DateTimeField(auto_now=True)
    test_asked_at = models.DateTimeField(null=True)
    test_by_id = models.BigIntegerField(null=True)  # the member who gets the test mail
    tested_at = models.DateTimeField(null=True)  # NULL again while a test runs
    test_reply = models.CharField(max_length=500, blank=True)
    is_proven = models.BooleanField(default=False)  # the last test was accepted

    class Meta:
        db_table = "own_relay"
        constraints = [
            models.UniqueConstraint(fields=["account"], name="own_relay_one_per_account")
        ]
