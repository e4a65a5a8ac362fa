"""How many records an account has of each kind, kept by a trigger on the ledger.

The list of consents counted all records for its pills on every page. Records are only ever added,
and the account's ledger lock is held while they are, so one statement that adds is enough.
"""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

COUNT = """
CREATE FUNCTION count_consent_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_count AS n (account_id, event, purpose, text_version_id, records)
    SELECT a.account_id, a.event, a.purpose, coalesce(a.text_version_id, 0), count(*)
    FROM added a GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, event, purpose, text_version_id)
    DO UPDATE SET records = n.records + excluded.records;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_record_added AFTER INSERT ON consent_record REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_consent_records();

INSERT INTO consent_count (account_id, event, purpose, text_version_id, records)
SELECT r.account_id, r.event, r.purpose, coalesce(r.text_version_id, 0), count(*)
FROM consent_record r GROUP BY 1, 2, 3, 4;
"""

UNDO = """
DROP TRIGGER consent_record_added ON consent_record;
DROP FUNCTION count_consent_records();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0005_who_left_by_campaign")]

    operations = [
        migrations.CreateModel(
            name="ConsentCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "event",
                        "purpose",
                        "text_version_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("event", models.CharField(max_length=12)),
                ("purpose", models.CharField(max_length=12)),
                ("text_version_id", models.BigIntegerField()),
                ("records", models.BigIntegerField()),
            ],
            options={"db_table": "consent_count"},
        ),
        EnableRowSecurity("consent_count"),
        migrations.RunSQL(COUNT, UNDO),
    ]
