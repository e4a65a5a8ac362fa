"""How an account measures, and where a campaign differs."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0007_opened_unsent"),
        ("marketing", "0011_erased_people_and_kept_proof"),
    ]

    operations = [
        migrations.CreateModel(
            name="CampaignMarks",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_off", models.BooleanField(default=False)),
                ("utm_campaign", models.CharField(blank=True, max_length=100)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="marks",
                        to="campaigns.campaign",
                    ),
                ),
            ],
            options={
                "db_table": "campaign_marks",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "campaign"), name="campaign_marks_once"
                    ),
                    TenantForeignKey(
                        field="campaign",
                        name="campaign_marks_campaign",
                        on_delete="CASCADE",
                        to="campaign",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Measuring",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("retention_days", models.PositiveSmallIntegerField(default=90)),
                (
                    "small_groups",
                    models.BooleanField(default=False, verbose_name="small groups stay hidden"),
                ),
                ("utm", models.BooleanField(default=False, verbose_name="UTM parameters")),
                ("utm_source", models.CharField(blank=True, default="newsletter", max_length=60)),
                ("utm_medium", models.CharField(blank=True, default="email", max_length=60)),
                ("host", models.CharField(blank=True, max_length=253)),
                ("host_code", models.CharField(blank=True, max_length=40)),
                ("host_verified_at", models.DateTimeField(null=True)),
                ("host_checked_at", models.DateTimeField(null=True)),
                ("host_problem", models.CharField(blank=True, max_length=300)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
            ],
            options={
                "db_table": "measuring",
                "constraints": [
                    models.UniqueConstraint(fields=("account",), name="measuring_once_per_account"),
                    models.UniqueConstraint(
                        condition=models.Q(("host_verified_at__isnull", False)),
                        fields=("host",),
                        name="measuring_host_of_one_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("retention_days__gte", 30), ("retention_days__lte", 390)
                        ),
                        name="measuring_keeps_30_to_390_days",
                    ),
                ],
            },
        ),
        EnableRowSecurity("measuring", tracking="account_id, host, host_verified_at"),
        EnableRowSecurity("campaign_marks"),
    ]
