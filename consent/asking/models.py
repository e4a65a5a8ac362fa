"""The one consent request to one address of one account, unique for ever."""

from django.db import models

from consent.forms.models import TextVersion
from marketing.accounts.models import Account, AccountOwned


class ConsentRequest(AccountOwned):
    """Asked once per account and address hash, by database constraint (product 3, order)."""

    class State(models.TextChoices):
        """See the table of product 3."""

        OPEN = "open", "Open"
        TAKEN_BACK = "taken_back", "Taken back"  # its campaign was stopped: not asked
        ASKED = "asked", "Asked"
        NOT_DELIVERED = "not_delivered", "Not delivered"
        AGREED = "agreed", "Agreed"
        REFUSED = "refused", "Refused"
        LEFT = "left", "Left"
        EXPIRED = "expired", "Expired"

    # Neither constraint nor index of their own (docs/decisions/0051): a launch makes rows by the
    # million, the indexes below begin with the account, and texts are never deleted.
    account = models.ForeignKey(
        Account, models.CASCADE, db_constraint=False, db_index=False, related_name="+"
    )
    text_version = models.ForeignKey(
        TextVersion, models.RESTRICT, db_constraint=False, db_index=False, related_name="+"
    )
    address_hash = models.BinaryField(max_length=32)
    address = models.CharField(max_length=320)
    # Plain numbers: the contact may be deleted, the campaign lives in a higher room.
    contact_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField()
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    # The campaign's name as it was, for the records; the campaign itself lives in a higher room.
    source = models.CharField(max_length=120, blank=True)
    made_at = models.DateTimeField()
    wait_until = models.DateTimeField(null=True)  # a later yes counts for later campaigns
    # When to try next; NULL: leave it to the campaign's request chunk, or nothing to do.
    due_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    first_attempt_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    outcome_unknown = models.BooleanField(default=False)
    message_id = models.CharField(max_length=255, blank=True)
    reply = models.CharField(max_length=500, blank=True)
    answered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)  # 12 months after asking
    # Lease of the queue `now` for requests that are due by themselves.
    generation = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "consent_request"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "address_hash"], name="consent_request_once_per_address"
            ),
        ]
        indexes = [
            models.Index(
                fields=["account", "campaign_id", "contact_id"], name="consent_request_of_campaign"
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="consent_request_due",
            ),
        ]
