"""Brakes: what holds an account for its reputation."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0009_relay_tests"),
        ("marketing", "0012_sender_domains"),
    ]

    operations = [
        migrations.CreateModel(
            name="Brake",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain", models.CharField(blank=True, max_length=253)),
                ("why", models.CharField(max_length=300)),
                ("pulled_at", models.DateTimeField()),
                ("released_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=300)),
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
                "db_table": "brake",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("released_at__isnull", True)),
                        fields=("account", "domain"),
                        name="brake_held_once",
                    )
                ],
            },
        ),
        EnableRowSecurity("brake"),
    ]
