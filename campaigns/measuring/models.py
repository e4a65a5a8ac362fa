"""An account's choices about measuring; no row means the defaults."""

from django.db import models

from campaigns.composing.models import Campaign
from marketing.accounts.models import AccountOwned
from marketing.row_security import TenantForeignKey


class Measuring(AccountOwned):
    """One row per account that changed something."""

    # Raw events go after that many days; what people did, and all sums, stay.
    retention_days = models.PositiveSmallIntegerField(default=90)
    # No person's opens and clicks, and no count under five, on pages and in files.
    small_groups = models.BooleanField("small groups stay hidden", default=False)

    utm = models.BooleanField("UTM parameters", default=False)
    utm_source = models.CharField(max_length=60, blank=True, default="newsletter")
    utm_medium = models.CharField(max_length=60, blank=True, default="email")
    utm_content = models.CharField(max_length=100, blank=True)
    # Domains, one a line, as A-labels: links to them and below them stay as written.
    utm_not_on = models.TextField(blank=True)

    # Lower case A-label; used only once DNS proved that the account holds it.
    host = models.CharField(max_length=253, blank=True)
    host_code = models.CharField(max_length=40, blank=True)  # what the TXT record must say
    host_verified_at = models.DateTimeField(null=True)
    host_checked_at = models.DateTimeField(null=True)
    host_problem = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "measuring"
        constraints = [
            models.UniqueConstraint(fields=["account"], name="measuring_once_per_account"),
            # Of everybody: one host belongs to one account.
            models.UniqueConstraint(
                fields=["host"],
                condition=models.Q(host_verified_at__isnull=False),
                name="measuring_host_of_one_account",
            ),
            models.CheckConstraint(
                name="measuring_keeps_30_to_390_days",
                condition=models.Q(retention_days__gte=30, retention_days__lte=390),
            ),
        ]


class CampaignMarks(AccountOwned):
    """UTM parameters of one campaign where they differ from the account's."""

    campaign = models.ForeignKey(
        Campaign, models.CASCADE, db_constraint=False, related_name="marks"
    )
    is_off = models.BooleanField(default=False)
    # "": as the account says; the campaign's is made of its name
    utm_source = models.CharField(max_length=60, blank=True)
    utm_medium = models.CharField(max_length=60, blank=True)
    utm_campaign = models.CharField(max_length=100, blank=True)
    utm_content = models.CharField(max_length=100, blank=True)

    class Meta:
        db_table = "campaign_marks"
        constraints = [
            models.UniqueConstraint(fields=["account", "campaign"], name="campaign_marks_once"),
            TenantForeignKey(field="campaign", to="campaign", name="campaign_marks_campaign"),
        ]
