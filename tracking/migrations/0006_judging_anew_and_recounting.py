"""How far judging anew is, and what the last recount found."""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0005_batches_stored_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="Recount",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("campaigns", models.IntegerField()),
                ("differences", models.JSONField(default=list)),
            ],
            options={
                "db_table": "recount",
            },
        ),
        migrations.CreateModel(
            name="Rejudging",
            fields=[
                ("account_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("version", models.CharField(max_length=20)),
                ("campaign_id", models.BigIntegerField(default=0)),
                ("contact_id", models.BigIntegerField(default=0)),
                ("people", models.IntegerField(default=0)),
                ("done", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "rejudging",
            },
        ),
        EnableRowSecurity("recount"),
        EnableRowSecurity("rejudging"),
    ]
