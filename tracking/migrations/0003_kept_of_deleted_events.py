"""What deleted events counted as: per recipient after retention, per campaign after erasure."""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0002_partitioned_events"),
    ]

    operations = [
        migrations.CreateModel(
            name="ErasedCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        "measure",
                        "number",
                        "judged_class",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("measure", models.CharField(max_length=16)),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("judged_class", models.CharField(blank=True, max_length=8)),
                ("count", models.IntegerField()),
            ],
            options={
                "db_table": "erased_count",
            },
        ),
        migrations.CreateModel(
            name="SettledEvent",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        "contact_id",
                        "kind",
                        "number",
                        "judged_class",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("contact_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("number", models.PositiveSmallIntegerField()),
                ("judged_class", models.CharField(max_length=8)),
                ("first_at", models.DateTimeField()),
                ("events", models.IntegerField()),
            ],
            options={
                "db_table": "settled_event",
            },
        ),
        EnableRowSecurity("erased_count"),
        EnableRowSecurity("settled_event"),
    ]
