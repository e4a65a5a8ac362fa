"""Policies; immutable text versions; the ledger that refuses to forget.

The ledger is owned by assent_owner, the rights to change it are revoked from both other roles, and
a statement trigger raises for the owner's own slips (trial of tenancy, 7).
"""

from django.db import migrations

from marketing.row_security import EnableRowSecurity

SQL = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

REVOKE UPDATE, DELETE, TRUNCATE ON consent_record FROM assent, assent_every_account;
CREATE TRIGGER consent_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON consent_record
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

REVOKE UPDATE, DELETE, TRUNCATE ON text_version FROM assent, assent_every_account;
CREATE TRIGGER text_version_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON text_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

UNDO = """
DROP TRIGGER text_version_append_only ON text_version;
DROP TRIGGER consent_record_append_only ON consent_record;
DROP FUNCTION refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0001_initial"), ("marketing", "0003_rules_in_sql")]

    operations = [
        EnableRowSecurity("consent_form"),
        EnableRowSecurity("text_version"),
        EnableRowSecurity("consent_record"),
        EnableRowSecurity("consent_private"),
        EnableRowSecurity("consent_request"),
        EnableRowSecurity("contact_import"),
        migrations.RunSQL(SQL, UNDO),
    ]
