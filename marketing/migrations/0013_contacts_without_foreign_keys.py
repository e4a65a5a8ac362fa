"""Contacts and standings lose the foreign key to their account (docs/decisions/0051)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("marketing", "0012_sender_domains")]

    operations = [
        migrations.AlterField(
            model,
            "account",
            models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="marketing.account",
            ),
        )
        for model in ("contact", "standing")
    ]
