"""Exports; and searching stays fast right after an import."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0006_contacts_found_fast"),
    ]

    operations = [
        migrations.CreateModel(
            name="Export",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("title", models.CharField(max_length=200)),
                ("right", models.CharField(max_length=30)),
                ("task", models.CharField(max_length=80)),
                ("params", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("failed", "Failed"),
                            ("expired", "Expired"),
                        ],
                        default="waiting",
                        max_length=10,
                    ),
                ),
                ("rows", models.PositiveIntegerField(default=0)),
                ("path", models.CharField(blank=True, max_length=200)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("advanced_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketing.member",
                    ),
                ),
            ],
            options={
                "db_table": "export",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "id"), name="export_of_account")
                ],
            },
        ),
        EnableRowSecurity("export"),
        # New text is searched through a list until it is merged: kept short, for search's sake.
        migrations.RunSQL(
            "ALTER INDEX contact_search SET (gin_pending_list_limit = 256)",
            "ALTER INDEX contact_search RESET (gin_pending_list_limit)",
        ),
    ]
