"""Senders: where replies go, and which members may use each."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0016_contacts_written_by_the_thousand"),
    ]

    operations = [
        migrations.AddField(
            model_name="sender",
            name="everyone",
            field=models.BooleanField(default=True),
        ),
        migrations.AddField(
            model_name="sender",
            name="reply_to",
            field=models.CharField(blank=True, max_length=320),
        ),
        migrations.CreateModel(
            name="SenderMember",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
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
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.member",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="users",
                        to="marketing.sender",
                    ),
                ),
            ],
            options={
                "db_table": "sender_member",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("account", "sender", "member"), name="sender_member_once"
                    ),
                    TenantForeignKey(
                        field="sender",
                        name="sender_member_sender",
                        on_delete="CASCADE",
                        to="sender",
                    ),
                ],
            },
        ),
        EnableRowSecurity("sender_member"),
    ]
