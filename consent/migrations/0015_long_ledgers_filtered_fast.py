"""Obtained consents over millions of records: days counted, texts and tracking found by an index.

The date filter counted every record of a year, and a form few were shown was looked for in all.
"""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

COUNT = """
CREATE OR REPLACE FUNCTION count_consent_records() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_count AS n (account_id, event, purpose, text_version_id, records)
    SELECT a.account_id, a.event, a.purpose, coalesce(a.text_version_id, 0), count(*)
    FROM added a GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (account_id, event, purpose, text_version_id)
    DO UPDATE SET records = n.records + excluded.records;
    {days}
    RETURN NULL;
END $$;
"""
DAYS = """
    INSERT INTO consent_day AS n (account_id, day, event, purpose, text_version_id, records,
        first_seq)
    SELECT a.account_id, (a.at AT TIME ZONE 'UTC')::date, a.event, a.purpose,
        coalesce(a.text_version_id, 0), count(*), min(a.seq)
    FROM {records} a GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (account_id, day, event, purpose, text_version_id)
    DO UPDATE SET records = n.records + excluded.records,
        first_seq = least(n.first_seq, excluded.first_seq);
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0014_known_from")]

    operations = [
        migrations.CreateModel(
            name="ConsentDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "day",
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
                ("day", models.DateField()),
                ("event", models.CharField(max_length=12)),
                ("purpose", models.CharField(max_length=12)),
                ("text_version_id", models.BigIntegerField()),
                ("records", models.BigIntegerField()),
                ("first_seq", models.BigIntegerField()),
            ],
            options={"db_table": "consent_day"},
        ),
        EnableRowSecurity("consent_day"),
        migrations.RunSQL(
            COUNT.format(days=DAYS.format(records="added")) + DAYS.format(records="consent_record"),
            COUNT.format(days=""),
        ),
        migrations.AddIndex(
            "consentrecord",
            models.Index(
                fields=["account", "text_version_id", "-seq"],
                condition=models.Q(text_version_id__isnull=False),
                name="consent_record_of_text",
            ),
        ),
        migrations.AddIndex(
            "consentrecord",
            models.Index(
                fields=["account", "-seq"],
                condition=models.Q(purpose="tracking"),
                name="consent_record_tracking",
            ),
        ),
    ]
