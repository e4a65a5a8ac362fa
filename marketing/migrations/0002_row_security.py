"""Policies of this app's tenant tables; the endpoint may read what decides about tracking."""

from django.db import migrations

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [("marketing", "0001_initial")]

    operations = [
        EnableRowSecurity("audit_line"),
        EnableRowSecurity("contact", tracking="account_id, id, country"),
        EnableRowSecurity("segment"),
        EnableRowSecurity("segment_member"),
        EnableRowSecurity("standing", tracking="account_id, address_hash, tracking"),
        EnableRowSecurity("suppression"),
        EnableRowSecurity("sender"),
    ]
