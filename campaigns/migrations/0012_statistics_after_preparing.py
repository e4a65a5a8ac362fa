"""Whoever prepares a big campaign has the planner learn of its rows before anything is sent.

Until the server's own look, up to a minute later, each request was looked for among all of them.
"""

from django.db import migrations

SQL = """
CREATE FUNCTION analyze_prepared() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE recipient, chunk, consent_request;
END $$;
REVOKE EXECUTE ON FUNCTION analyze_prepared() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION analyze_prepared() TO assent;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0011_marks_of_campaigns"),
        ("consent", "0013_suppression_imports"),
    ]

    operations = [migrations.RunSQL(SQL, "DROP FUNCTION analyze_prepared()")]
