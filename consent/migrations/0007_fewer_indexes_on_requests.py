"""Two indexes of consent requests go that nothing asks; a launch fills each by the million."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0006_records_counted"),
        ("marketing", "0010_rules_in_parallel"),
    ]

    operations = [
        migrations.AlterField(
            model_name="consentrequest",
            name="account",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="marketing.account",
            ),
        ),
        migrations.AlterField(
            model_name="consentrequest",
            name="text_version",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.RESTRICT,
                related_name="+",
                to="consent.textversion",
            ),
        ),
    ]
