"""Which parts of the ledger hold which days, for the date filter; almost nothing per record."""

from django.contrib.postgres.indexes import BrinIndex
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("consent", "0011_no_foreign_keys_by_the_million")]

    operations = [
        migrations.AddIndex(
            "consentrecord",
            BrinIndex(fields=["at"], name="consent_record_days", autosummarize=True),
        ),
    ]
