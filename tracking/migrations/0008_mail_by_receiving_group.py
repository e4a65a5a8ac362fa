"""What became of mail by receiving group, counted in the background."""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0007_mailbox_replies_and_hook_keys"),
    ]

    operations = [
        migrations.CreateModel(
            name="GroupCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        "name",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("name", models.CharField(max_length=253)),
                ("mails", models.IntegerField()),
                ("refused", models.IntegerField()),
                ("complaints", models.IntegerField()),
            ],
            options={
                "db_table": "group_count",
            },
        ),
        migrations.CreateModel(
            name="GroupsCounted",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("mails", models.BigIntegerField()),
                ("reports", models.BigIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
            options={
                "db_table": "groups_counted",
            },
        ),
        EnableRowSecurity("group_count"),
        EnableRowSecurity("groups_counted"),
    ]
