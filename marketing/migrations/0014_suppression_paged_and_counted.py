"""The page of suppressed addresses: read by keyset, newest first, and counted by a trigger.

Rows are written under the account's ledger lock, so two statements never meet in one count.
"""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

COUNT = """
CREATE FUNCTION count_suppressed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO suppression_count AS n (account_id, reason, addresses)
    SELECT a.account_id, a.reason, count(*) FROM added a GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account_id, reason) DO UPDATE SET addresses = n.addresses + excluded.addresses;
    RETURN NULL;
END $$;
CREATE TRIGGER suppression_added AFTER INSERT ON suppression REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_suppressed();

CREATE FUNCTION count_lifted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE suppression_count n SET addresses = n.addresses - g.addresses
    FROM (SELECT account_id, reason, count(*) AS addresses FROM gone GROUP BY 1, 2) g
    WHERE n.account_id = g.account_id AND n.reason = g.reason;
    RETURN NULL;
END $$;
CREATE TRIGGER suppression_lifted AFTER DELETE ON suppression REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_lifted();

INSERT INTO suppression_count (account_id, reason, addresses)
SELECT account_id, reason, count(*) FROM suppression GROUP BY 1, 2;
"""

UNDO = """
DROP TRIGGER suppression_added ON suppression;
DROP TRIGGER suppression_lifted ON suppression;
DROP FUNCTION count_suppressed();
DROP FUNCTION count_lifted();
"""


class Migration(migrations.Migration):
    dependencies = [("marketing", "0013_contacts_without_foreign_keys")]

    operations = [
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(fields=["account", "-at", "-id"], name="suppression_newest"),
        ),
        migrations.AddIndex(
            model_name="suppression",
            index=models.Index(
                fields=["account", "reason", "-at", "-id"], name="suppression_of_reason"
            ),
        ),
        migrations.CreateModel(
            name="SuppressionCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "reason",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("reason", models.CharField(max_length=10)),
                ("addresses", models.BigIntegerField()),
            ],
            options={"db_table": "suppression_count"},
        ),
        EnableRowSecurity("suppression_count"),
        migrations.RunSQL(COUNT, UNDO),
    ]
