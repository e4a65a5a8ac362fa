"""Of what was prepared only the requests are looked at: recipients and chunks are read by their
keys, and a sample of a large table costs most of a second."""

from django.db import migrations

SQL = """
CREATE OR REPLACE FUNCTION analyze_prepared() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE {tables};
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0013_new_accounts_start_low")]

    operations = [
        migrations.RunSQL(
            SQL.format(tables="consent_request"),
            SQL.format(tables="recipient, chunk, consent_request"),
        )
    ]
