"""Fresh links; what was shown, kept once and never changed; when a value was deleted."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

SQL = """
REVOKE UPDATE, DELETE, TRUNCATE ON shown FROM assent, assent_every_account;
CREATE TRIGGER shown_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON shown
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

UNDO = "DROP TRIGGER shown_append_only ON shown;"


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0007_fewer_indexes_on_requests"),
        ("marketing", "0011_erased_people_and_kept_proof"),
    ]

    operations = [
        migrations.CreateModel(
            name="FreshLink",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("address_hash", models.BinaryField(max_length=32)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("choices", "Your choices, with data"),
                            ("come_back", "Come back after leaving"),
                        ],
                        max_length=10,
                    ),
                ),
                ("contact_id", models.BigIntegerField(null=True)),
                ("campaign_id", models.BigIntegerField(null=True)),
                ("request_id", models.BigIntegerField(null=True)),
                ("language", models.CharField(blank=True, max_length=12)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
            ],
            options={
                "db_table": "fresh_link",
            },
        ),
        migrations.CreateModel(
            name="Shown",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "hash",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                ("hash", models.CharField(max_length=64)),
                (
                    "kind",
                    models.CharField(choices=[("page", "Page"), ("mail", "Mail")], max_length=4),
                ),
                ("content", models.TextField()),
                ("at", models.DateTimeField(auto_now_add=True)),
            ],
            options={
                "db_table": "shown",
            },
        ),
        migrations.AddField(
            model_name="consentprivate",
            name="deleted_at",
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
                    ("mail", "What this person’s request mail said beside its words"),
                ],
                max_length=8,
            ),
        ),
        migrations.AlterField(
            model_name="consentrecord",
            name="act",
            field=models.CharField(
                choices=[
                    ("request_mail", "Consent request accepted by the receiving server"),
                    ("button", "Button on the consent page"),
                    ("box_ticked", "Box ticked"),
                    ("box_empty", "Box left empty"),
                    ("one_click", "One-click unsubscribe"),
                    ("footer_link", "Unsubscribe page"),
                    ("request_link", "Never write to me again"),
                    ("mailto", "Mail to the unsubscribe address"),
                    ("preferences", "Your choices"),
                    ("stop_tracking", "Stop tracking me"),
                    ("come_back", "Button of a fresh link to come back"),
                    ("erased", "Erased at the person’s wish"),
                    ("member", "By a member"),
                    ("api", "By the API"),
                    ("import_proof", "Import with proof for this person"),
                    ("import_claim", "Import, claimed for the whole file"),
                    ("server", "Reported by a mail server"),
                ],
                max_length=16,
            ),
        ),
        migrations.AddIndex(
            model_name="consentprivate",
            index=models.Index(
                condition=models.Q(("deleted_at", None), ("kind__in", ["ip", "agent"])),
                fields=["account", "seq"],
                name="consent_private_of_machines",
            ),
        ),
        migrations.AddField(
            model_name="freshlink",
            name="account",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="marketing.account",
            ),
        ),
        migrations.AddIndex(
            model_name="freshlink",
            index=models.Index(
                fields=["account", "address_hash", "-made_at"], name="fresh_link_of_address"
            ),
        ),
        migrations.AddConstraint(
            model_name="freshlink",
            constraint=models.UniqueConstraint(
                fields=("account", "id"), name="fresh_link_of_account"
            ),
        ),
        EnableRowSecurity("fresh_link"),
        EnableRowSecurity("shown"),
        migrations.RunSQL(SQL, UNDO),
    ]
