"""What the operator stopped; the endpoint reads it every two seconds."""

from django.db import models

from marketing.accounts.models import AccountOwned


class StoppedLink(AccountOwned):
    """A link, or with `campaign_id` and `number` 0 every link of the account, until undone.

    Only the operator writes it (`manage.py stop_link`); members read why on Statistics.
    """

    campaign_id = models.BigIntegerField(default=0)
    number = models.PositiveSmallIntegerField(default=0)
    why = models.CharField(max_length=300)
    stopped_at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "stopped_link"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "campaign_id", "number"],
                condition=models.Q(undone_at__isnull=True),
                name="stopped_link_once",
            )
        ]
