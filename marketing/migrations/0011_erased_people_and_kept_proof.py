"""Who had everything erased; how long an account keeps its proof."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("marketing", "0010_rules_in_parallel"),
    ]

    operations = [
        migrations.AddField(
            model_name="account",
            name="proof_months",
            field=models.PositiveSmallIntegerField(db_default=36, default=36),
        ),
        migrations.AddField(
            model_name="standing",
            name="erased_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddConstraint(
            model_name="account",
            constraint=models.CheckConstraint(
                condition=models.Q(("proof_months__gte", 12), ("proof_months__lte", 72)),
                name="account_keeps_proof_12_to_72_months",
            ),
        ),
    ]
