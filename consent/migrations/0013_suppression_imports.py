"""Files of addresses that must not be mailed; imports of contacts that wait for the operator."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0012_days_of_records"),
        ("marketing", "0014_suppression_paged_and_counted"),
    ]

    operations = [
        migrations.CreateModel(
            name="SuppressionImport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("file_name", models.CharField(max_length=200)),
                ("content", models.BinaryField()),
                ("source", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "Running"),
                            ("finished", "Finished"),
                            ("stopped", "Stopped"),
                        ],
                        default="running",
                        max_length=10,
                    ),
                ),
                ("position", models.PositiveIntegerField(default=0)),
                ("rows", models.PositiveIntegerField()),
                ("added", models.PositiveIntegerField(default=0)),
                ("known", models.PositiveIntegerField(default=0)),
                ("errors", models.PositiveIntegerField(default=0)),
                ("report", models.JSONField(default=list)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("advanced_at", models.DateTimeField()),
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
                "db_table": "suppression_import",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "id"), name="suppression_import_of_account"
                    )
                ],
            },
        ),
        EnableRowSecurity("suppression_import"),
        migrations.AddField(
            model_name="import",
            name="released_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="release_note",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AlterField(
            model_name="import",
            name="state",
            field=models.CharField(
                choices=[
                    ("draft", "Draft"),
                    ("held", "Held"),
                    ("waiting", "Waiting"),
                    ("running", "Running"),
                    ("finished", "Finished"),
                    ("stopped", "Stopped"),
                ],
                default="draft",
                max_length=10,
            ),
        ),
    ]
