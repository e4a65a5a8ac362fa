"""Sender domains and their DKIM keys."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity, TenantForeignKey


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0011_erased_people_and_kept_proof"),
    ]

    operations = [
        migrations.CreateModel(
            name="SenderDomain",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("domain", models.CharField(max_length=253)),
                ("challenge", models.CharField(max_length=40)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("checked_at", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("found", models.JSONField(default=dict)),
                ("dmarc_policy", models.CharField(blank=True, max_length=10)),
                ("dmarc_at", models.CharField(blank=True, max_length=253)),
                ("spf_lookups", models.PositiveSmallIntegerField(default=0)),
                ("spf_faults", models.CharField(blank=True, max_length=200)),
                ("aligned", models.BooleanField(null=True)),
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
                "db_table": "sender_domain",
            },
        ),
        migrations.CreateModel(
            name="DomainKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveSmallIntegerField()),
                ("rsa_sealed", models.BinaryField()),
                ("ed25519_sealed", models.BinaryField()),
                ("rsa_record", models.CharField(max_length=600)),
                ("ed25519_record", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("active_at", models.DateTimeField(null=True)),
                ("retired_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                (
                    "domain",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="marketing.senderdomain",
                    ),
                ),
            ],
            options={
                "db_table": "domain_key",
            },
        ),
        migrations.AddConstraint(
            model_name="senderdomain",
            constraint=models.UniqueConstraint(
                fields=("account", "id"), name="sender_domain_of_account"
            ),
        ),
        migrations.AddConstraint(
            model_name="senderdomain",
            constraint=models.UniqueConstraint(
                fields=("account", "domain"), name="sender_domain_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="domainkey",
            constraint=models.UniqueConstraint(
                fields=("account", "domain", "number"), name="domain_key_once_per_number"
            ),
        ),
        migrations.AddConstraint(
            model_name="domainkey",
            constraint=TenantForeignKey(
                field="domain", name="domain_key_domain", on_delete="CASCADE", to="sender_domain"
            ),
        ),
        EnableRowSecurity("sender_domain"),
        EnableRowSecurity("domain_key"),
    ]
