"""What a new account may send in a day. Accounts that are here already are new no longer."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

OLD = """
INSERT INTO allowance (account_id, number, done_at)
SELECT a.id, 0, now() FROM account a
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0012_statistics_after_preparing"),
        ("marketing", "0014_suppression_paged_and_counted"),
    ]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="marketing.account",
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("grown_on", models.DateField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={"db_table": "allowance"},
        ),
        migrations.RunSQL(OLD, migrations.RunSQL.noop),
        EnableRowSecurity("allowance"),
    ]
