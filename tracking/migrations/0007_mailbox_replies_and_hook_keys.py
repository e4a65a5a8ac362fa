"""Replies on their way, keys of providers' signatures, and how the mailbox is."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0013_contacts_without_foreign_keys"),
        ("tracking", "0006_judging_anew_and_recounting"),
    ]

    operations = [
        migrations.CreateModel(
            name="InboundMailbox",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.CharField(max_length=300, unique=True)),
                ("due_at", models.DateTimeField()),
                ("leased_until", models.DateTimeField(null=True)),
                ("looked_at", models.DateTimeField(null=True)),
                ("taken", models.BigIntegerField(default=0)),
                ("set_aside", models.BigIntegerField(default=0)),
                ("failures", models.PositiveSmallIntegerField(default=0)),
                ("trouble", models.CharField(blank=True, max_length=40)),
                ("words", models.CharField(blank=True, max_length=300)),
            ],
            options={
                "db_table": "inbound_mailbox",
            },
        ),
        migrations.CreateModel(
            name="HookKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("provider", models.CharField(max_length=30)),
                ("sealed", models.BinaryField(default=b"")),
                ("confirm_url", models.CharField(blank=True, max_length=2000)),
                ("confirm_asked_at", models.DateTimeField(null=True)),
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
                "db_table": "hook_key",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "provider"), name="hook_key_of_provider"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Reply",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("received_at", models.DateTimeField()),
                ("campaign_id", models.BigIntegerField()),
                ("contact_id", models.BigIntegerField()),
                ("raw", models.BinaryField()),
                ("digest", models.BinaryField(max_length=32)),
                ("due_at", models.DateTimeField()),
                ("attempts", models.PositiveSmallIntegerField(default=0)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=200)),
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
                "db_table": "reply",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["due_at"],
                        name="reply_due",
                    ),
                    models.Index(fields=["account", "received_at"], name="reply_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("account", "digest"), name="reply_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyRoute",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "target",
                    models.CharField(
                        choices=[
                            ("sender", "The sender's address"),
                            ("member", "A member"),
                            ("nobody", "Nobody"),
                        ],
                        default="sender",
                        max_length=8,
                    ),
                ),
                ("member_id", models.BigIntegerField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.sender",
                    ),
                ),
            ],
            options={
                "db_table": "reply_route",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "sender"), name="reply_route_of_sender"
                    ),
                    TenantForeignKey(
                        field="sender", name="reply_route_sender", on_delete="CASCADE", to="sender"
                    ),
                ],
            },
        ),
        EnableRowSecurity("reply_route"),
        EnableRowSecurity("reply"),
        EnableRowSecurity("hook_key"),
    ]
