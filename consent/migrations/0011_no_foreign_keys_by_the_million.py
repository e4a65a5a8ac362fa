"""Rows made by the million lose their foreign keys (docs/decisions/0051) and idle indexes."""

import django.db.models.deletion
from django.db import migrations, models

ACCOUNT = {
    "db_constraint": False,
    "db_index": False,
    "related_name": "+",
    "to": "marketing.account",
}


class Migration(migrations.Migration):
    dependencies = [("consent", "0010_standing_compared")]

    operations = [
        migrations.RemoveConstraint("consentrequest", "consent_request_text"),
        migrations.RemoveConstraint("consentrequest", "consent_request_of_account"),
        migrations.AlterField(
            "consentrequest",
            "account",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, **ACCOUNT),
        ),
        migrations.AlterField(
            "consentrecord",
            "account",
            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, **ACCOUNT),
        ),
        migrations.AlterField(
            "consentprivate",
            "account",
            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, **ACCOUNT),
        ),
    ]
