"""Links that the operator stopped; the endpoint reads them."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0019_known_from"),
        ("tracking", "0009_reports_to_look_at"),
    ]

    operations = [
        migrations.CreateModel(
            name="StoppedLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("campaign_id", models.BigIntegerField(default=0)),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("why", models.CharField(max_length=300)),
                ("stopped_at", models.DateTimeField(auto_now_add=True)),
                ("undone_at", models.DateTimeField(null=True)),
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
                "db_table": "stopped_link",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("account", "campaign_id", "number"),
                        name="stopped_link_once",
                    )
                ],
            },
        ),
        EnableRowSecurity(
            "stopped_link", tracking="account_id, campaign_id, number, undone_at, id"
        ),
    ]
