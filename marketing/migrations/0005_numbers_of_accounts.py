"""The web role may take an account's number before the account exists.

An account and the first rows it owns are made in one transaction, whose setting must name it.
"""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("marketing", "0004_rules_2026_11_25")]

    operations = [
        migrations.RunSQL(
            "GRANT USAGE ON SEQUENCE account_id_seq TO assent",
            "REVOKE USAGE ON SEQUENCE account_id_seq FROM assent",
        )
    ]
