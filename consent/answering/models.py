"""The links mailed to an address at its own wish: they may do what a newsletter's link may not."""

from django.db import models

from marketing.accounts.models import AccountOwned


class FreshLink(AccountOwned):
    """One mail with one link that works for 24 hours. Holds no address: the hash finds it."""

    class Kind(models.TextChoices):
        """What its page is for."""

        CHOICES = "choices", "Your choices, with data"
        COME_BACK = "come_back", "Come back after leaving"

    address_hash = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    contact_id = models.BigIntegerField(null=True)  # plain numbers, as in the ledger
    campaign_id = models.BigIntegerField(null=True)
    request_id = models.BigIntegerField(null=True)
    language = models.CharField(max_length=12, blank=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "fresh_link"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="fresh_link_of_account")
        ]
        indexes = [
            models.Index(
                fields=["account", "address_hash", "-made_at"], name="fresh_link_of_address"
            )
        ]
