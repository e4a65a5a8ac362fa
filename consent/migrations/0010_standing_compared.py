"""How many addresses stood otherwise than the ledger said, at each look."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0009_leavers_counted"),
    ]

    operations = [
        migrations.AddField(
            model_name="chaincheck",
            name="standing_off",
            field=models.IntegerField(null=True),
        ),
    ]
