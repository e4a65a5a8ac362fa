"""Who left or complained by a campaign is found by an index, not by reading the ledger."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("consent", "0004_import_dates_and_choice")]

    operations = [
        migrations.AddIndex(
            model_name="consentrecord",
            index=models.Index(
                fields=["account", "campaign_id", "event", "contact_id"],
                condition=models.Q(campaign_id__isnull=False, event__in=["withdrew", "complained"]),
                name="consent_record_left_by",
            ),
        ),
    ]
