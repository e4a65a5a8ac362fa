"""Limits an account sets itself, warm-up plans, what each day took; an account's own relay."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0005_first_times"),
        ("marketing", "0010_rules_in_parallel"),
    ]

    operations = [
        migrations.CreateModel(
            name="SendingDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "day",
                        "scope",
                        "name",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("day", models.DateField()),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("account", "The whole account"),
                            ("sender", "One sender"),
                            ("group", "One receiving group"),
                            ("domain", "One sender domain"),
                        ],
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(db_default="", max_length=320)),
                ("taken", models.IntegerField(db_default=0)),
            ],
            options={
                "db_table": "sending_day",
            },
        ),
        migrations.CreateModel(
            name="OwnRelay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("smtp", "SMTP server"), ("provider", "Provider")], max_length=8
                    ),
                ),
                ("provider", models.CharField(blank=True, max_length=30)),
                ("shown", models.CharField(max_length=320)),
                ("secret", models.BinaryField()),
                ("connections", models.PositiveSmallIntegerField(default=4)),
                ("mails_per_connection", models.PositiveSmallIntegerField(default=100)),
                ("changed_at", models.DateTimeField(auto_now=True)),
                ("tested_at", models.DateTimeField(null=True)),
                ("test_reply", models.CharField(blank=True, max_length=500)),
                ("is_proven", models.BooleanField(default=False)),
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
                "db_table": "own_relay",
                "constraints": [
                    models.UniqueConstraint(fields=("account",), name="own_relay_one_per_account")
                ],
            },
        ),
        migrations.CreateModel(
            name="SendingLimit",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("account", "The whole account"),
                            ("sender", "One sender"),
                            ("group", "One receiving group"),
                            ("domain", "One sender domain"),
                        ],
                        max_length=7,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=320)),
                ("mails", models.PositiveIntegerField()),
                ("seconds", models.PositiveIntegerField()),
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
                "db_table": "sending_limit",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "scope", "name", "seconds"), name="sending_limit_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("mails__gte", 1), ("seconds__gte", 1)),
                        name="sending_limit_is_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WarmUp",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain", models.CharField(max_length=255)),
                ("starts_on", models.DateField()),
                ("first_day", models.PositiveIntegerField(default=50)),
                ("growth", models.PositiveSmallIntegerField(default=50)),
                ("target", models.PositiveIntegerField(default=20000)),
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
                "db_table": "warm_up",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "domain"), name="warm_up_once_per_domain"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_day__gte", 1), ("growth__gte", 1), ("target__gte", 1)
                        ),
                        name="warm_up_grows",
                    ),
                ],
            },
        ),
        migrations.RunSQL("ALTER TABLE sending_day SET (fillfactor = 50)", migrations.RunSQL.noop),
        EnableRowSecurity("sending_day"),
        EnableRowSecurity("sending_limit"),
        EnableRowSecurity("warm_up"),
        EnableRowSecurity("own_relay"),
    ]
