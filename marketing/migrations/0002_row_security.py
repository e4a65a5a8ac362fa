"""Policies of this app's tenant tables; the endpoint may read what decides about tracking."""

from django.db import migrations

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [("marketing", "0001_initial")]

    operations = [
        EnableRowSecurity("audit_line"),
        EnableRowSecurity("contact", tracking="select"),
        EnableRowSecurity("segment"),
        EnableRowSecurity("segment_member"),
        EnableRowSecurity("standing", tracking="select"),
        EnableRowSecurity("suppression"),
        EnableRowSecurity("sender"),
    ]
