"""Reports about recipients of an account, and mail that led to nobody."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0011_erased_people_and_kept_proof"),
        ("tracking", "0003_kept_of_deleted_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="UnclaimedMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("envelope_to", models.CharField(blank=True, max_length=320)),
                ("sender", models.CharField(blank=True, max_length=300)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("why", models.CharField(max_length=20)),
                ("raw", models.BinaryField(max_length=65536)),
                ("digest", models.BinaryField(max_length=32, unique=True)),
            ],
            options={
                "db_table": "unclaimed_mail",
            },
        ),
        migrations.CreateModel(
            name="InboundReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("kind", models.CharField(max_length=10)),
                ("status", models.CharField(blank=True, max_length=12)),
                ("reported_status", models.CharField(blank=True, max_length=12)),
                ("diagnostic", models.CharField(blank=True, max_length=500)),
                ("subject", models.CharField(blank=True, max_length=300)),
                ("campaign_id", models.BigIntegerField(null=True)),
                ("contact_id", models.BigIntegerField()),
                ("address_hash", models.BinaryField(max_length=32)),
                ("alarm", models.BooleanField(default=False)),
                ("needs_review", models.BooleanField(default=False)),
                ("digest", models.BinaryField(max_length=32)),
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
                "db_table": "inbound_report",
                "indexes": [
                    models.Index(fields=["account", "-id"], name="inbound_report_newest"),
                    models.Index(
                        fields=["account", "address_hash", "received_at"],
                        name="inbound_report_of_address",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "digest"), name="inbound_report_once"
                    )
                ],
            },
        ),
        EnableRowSecurity("inbound_report"),
    ]
