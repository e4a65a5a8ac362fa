"""When an own relay is tested, and by whom."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0008_measuring"),
    ]

    operations = [
        migrations.AddField(
            model_name="ownrelay",
            name="test_asked_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="ownrelay",
            name="test_by_id",
            field=models.BigIntegerField(null=True),
        ),
    ]
