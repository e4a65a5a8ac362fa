"""Chain checks; what a request must know by itself: its campaign's name and the end of the wait."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0002_row_security"),
        ("marketing", "0004_rules_2026_11_25"),
    ]

    operations = [
        migrations.CreateModel(
            name="ChainCheck",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("checked_at", models.DateTimeField()),
                ("records", models.BigIntegerField()),
                ("head", models.BinaryField(max_length=32)),
                ("bad_seq", models.BigIntegerField(null=True)),
            ],
            options={
                "db_table": "chain_check",
            },
        ),
        migrations.AddField(
            model_name="consentrequest",
            name="source",
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name="consentrequest",
            name="wait_until",
            field=models.DateTimeField(null=True),
        ),
        migrations.AlterField(
            model_name="consentprivate",
            name="kind",
            field=models.CharField(
                choices=[
                    ("address", "Address"),
                    ("ip", "IP address"),
                    ("agent", "Agent"),
                    ("name", "Name"),
                    ("source", "Where from"),
                    ("reply", "Server replied"),
                    ("proof", "Text they agreed to elsewhere"),
                ],
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="chaincheck",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="marketing.account",
            ),
        ),
        migrations.AddIndex(
            model_name="chaincheck",
            index=models.Index(fields=["account", "-id"], name="chain_check_newest"),
        ),
        EnableRowSecurity("chain_check"),
    ]
