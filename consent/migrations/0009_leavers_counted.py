"""How many people left or complained by a campaign's mail, kept by a trigger on the ledger.

The Statistics page counted them from the ledger on every load. The account's ledger lock is held
while records are added, so nobody counts the same person at the same time.
"""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

# Each address once per campaign; many records of one statement have consecutive numbers.
COUNT = """
CREATE FUNCTION count_leavers() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    INSERT INTO leaving_count AS n (account_id, campaign_id, event, people)
    SELECT a.account_id, a.campaign_id, a.event, count(DISTINCT a.address_hash)
    FROM added a
    JOIN (SELECT d.account_id, min(d.seq) AS seq FROM added d GROUP BY 1) first
        ON first.account_id = a.account_id
    WHERE a.campaign_id IS NOT NULL AND a.request_id IS NULL
      AND a.event IN ('withdrew', 'complained') AND a.purpose = 'newsletter'
      AND NOT EXISTS (
        SELECT 1 FROM consent_record e
        WHERE e.account_id = a.account_id AND e.address_hash = a.address_hash
          AND e.campaign_id = a.campaign_id AND e.request_id IS NULL
          AND e.event = a.event AND e.purpose = 'newsletter'
          AND e.seq < first.seq)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (account_id, campaign_id, event)
    DO UPDATE SET people = n.people + excluded.people;
    RETURN NULL;
END $$;
CREATE TRIGGER consent_record_left AFTER INSERT ON consent_record REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_leavers();

INSERT INTO leaving_count (account_id, campaign_id, event, people)
SELECT r.account_id, r.campaign_id, r.event, count(DISTINCT r.address_hash)
FROM consent_record r
WHERE r.campaign_id IS NOT NULL AND r.request_id IS NULL
  AND r.event IN ('withdrew', 'complained') AND r.purpose = 'newsletter'
GROUP BY 1, 2, 3;
"""

UNDO = """
DROP TRIGGER consent_record_left ON consent_record;
DROP FUNCTION count_leavers();
"""


class Migration(migrations.Migration):
    dependencies = [("consent", "0008_fresh_links_and_what_was_shown")]

    operations = [
        migrations.CreateModel(
            name="LeavingCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        "event",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("event", models.CharField(max_length=12)),
                ("people", models.IntegerField()),
            ],
            options={"db_table": "leaving_count"},
        ),
        EnableRowSecurity("leaving_count"),
        migrations.RunSQL(COUNT, UNDO),
    ]
