"""What is asked about an imported file besides its source; columns in the order of the file."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("consent", "0003_evidence_of_requests"),
    ]

    operations = [
        migrations.AddField(
            model_name="import",
            name="advanced_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="collected_from",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="collected_until",
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name="import",
            name="skip_bad_rows",
            field=models.BooleanField(default=True),
        ),
        migrations.AlterField(
            model_name="import",
            name="mapping",
            field=models.JSONField(default=list),
        ),
    ]
