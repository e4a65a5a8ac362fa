"""Contacts found, filtered and counted in time that does not grow with the account.

See docs/decisions/0021-a-list-of-a-million-contacts.md. The contact carries what its standing says
for lists; counts are kept as deltas by statement triggers; a function owned by the owner of the
tables searches by trigrams, which row security would not let an index do (trial of tenancy, 2).
"""

from django.contrib.postgres.operations import BtreeGinExtension, TrigramExtension
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

STATE = """
CREATE FUNCTION contact_consent(basis text, newsletter text, asked boolean, suppressed text)
RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN $4 = 'bounce' THEN 'bounced'
        WHEN $4 <> '' THEN 'blocked'
        WHEN $2 <> '' THEN $2
        WHEN $3 THEN 'no_answer'
        WHEN $1 <> '' THEN 'customer'
        ELSE 'not_asked' END
$$;

CREATE FUNCTION contact_reads_standing() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    said record;
BEGIN
    SELECT s.newsletter, s.asked_at IS NOT NULL AS asked, s.suppressed, s.tracking INTO said
    FROM standing s WHERE s.account_id = NEW.account_id AND s.address_hash = NEW.address_hash;
    NEW.consent := contact_consent(NEW.basis, said.newsletter, said.asked, said.suppressed);
    NEW.tracking := coalesce(said.tracking, '');
    RETURN NEW;
END $$;
CREATE TRIGGER contact_reads_standing BEFORE INSERT OR UPDATE OF basis, address_hash ON contact
    FOR EACH ROW EXECUTE FUNCTION contact_reads_standing();

-- Planned anew each time: a plan made for one person must not serve a batch of thousands.
CREATE FUNCTION standing_tells_contacts() RETURNS trigger LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan AS $$
BEGIN
    UPDATE contact c
    SET consent = contact_consent(c.basis, s.newsletter, s.asked_at IS NOT NULL, s.suppressed),
        tracking = s.tracking
    FROM said s
    WHERE c.account_id = s.account_id AND c.address_hash = s.address_hash
      AND (c.tracking <> s.tracking OR c.consent <>
           contact_consent(c.basis, s.newsletter, s.asked_at IS NOT NULL, s.suppressed));
    RETURN NULL;
END $$;
CREATE TRIGGER standing_made AFTER INSERT ON standing REFERENCING NEW TABLE AS said
    FOR EACH STATEMENT EXECUTE FUNCTION standing_tells_contacts();
CREATE TRIGGER standing_changed AFTER UPDATE ON standing REFERENCING NEW TABLE AS said
    FOR EACH STATEMENT EXECUTE FUNCTION standing_tells_contacts();

UPDATE contact c
SET consent = contact_consent(c.basis, s.newsletter, s.asked_at IS NOT NULL, s.suppressed),
    tracking = coalesce(s.tracking, '')
FROM contact k LEFT JOIN standing s
    ON s.account_id = k.account_id AND s.address_hash = k.address_hash
WHERE k.id = c.id;
"""

COUNTS = """
-- Folds an account's deltas into one row per kind, once they are many. Never waits: who does not
-- get the lock leaves it to the next. Only this deletes, so no delta is counted twice.
CREATE FUNCTION fold_contact_count(account bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    held bigint;
    kinds bigint;
BEGIN
    SELECT count(*) INTO held FROM contact_count n WHERE n.account_id = account;
    IF held < 500 THEN
        RETURN;
    END IF;
    SELECT count(*) INTO kinds FROM (SELECT DISTINCT n.consent, n.tracking, n.country
                                     FROM contact_count n WHERE n.account_id = account) k;
    IF held < 3 * kinds
        OR NOT pg_try_advisory_xact_lock(hashtextextended('contact_count:' || account, 0)) THEN
        RETURN;
    END IF;
    WITH gone AS (DELETE FROM contact_count n WHERE n.account_id = account RETURNING n.*)
    INSERT INTO contact_count (account_id, consent, tracking, country, people)
    SELECT account, g.consent, g.tracking, g.country, sum(g.people) FROM gone g
    GROUP BY 2, 3, 4 HAVING sum(g.people) <> 0;
END $$;

CREATE FUNCTION count_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    account bigint;
    touched bigint[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO contact_count (account_id, consent, tracking, country, people)
        SELECT a.account_id, a.consent, a.tracking, a.country, count(*) FROM added a
        GROUP BY 1, 2, 3, 4;
        touched := ARRAY(SELECT DISTINCT a.account_id FROM added a);
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO contact_count (account_id, consent, tracking, country, people)
        SELECT g.account_id, g.consent, g.tracking, g.country, -count(*) FROM gone g
        GROUP BY 1, 2, 3, 4;
        touched := ARRAY(SELECT DISTINCT g.account_id FROM gone g);
    ELSE
        INSERT INTO contact_count (account_id, consent, tracking, country, people)
        SELECT d.account_id, d.consent, d.tracking, d.country, sum(d.n) FROM (
            SELECT a.account_id, a.consent, a.tracking, a.country, 1 AS n FROM added a
            UNION ALL
            SELECT g.account_id, g.consent, g.tracking, g.country, -1 FROM gone g) d
        GROUP BY 1, 2, 3, 4 HAVING sum(d.n) <> 0;
        touched := ARRAY(SELECT DISTINCT a.account_id FROM added a);
    END IF;
    FOREACH account IN ARRAY touched LOOP
        PERFORM fold_contact_count(account);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER contact_added AFTER INSERT ON contact REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE TRIGGER contact_removed AFTER DELETE ON contact REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();
CREATE TRIGGER contact_changed AFTER UPDATE ON contact
    REFERENCING OLD TABLE AS gone NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION count_contacts();

INSERT INTO contact_count (account_id, consent, tracking, country, people)
SELECT c.account_id, c.consent, c.tracking, c.country, count(*) FROM contact c
GROUP BY 1, 2, 3, 4;
"""

SEARCH = """
CREATE INDEX contact_search ON contact USING gin (account_id, search_text gin_trgm_ops);

-- At most `most` contacts of the account in use whose text holds the term; a term of one or two
-- characters must begin a word. Owned by the owner of the tables, so it takes the account from the
-- setting by itself and raises without one. Bitmaps only: the order is the caller's.
CREATE FUNCTION contact_search(term text, most integer) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = public, pg_temp SET plan_cache_mode = force_custom_plan
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off AS $$
DECLARE
    mine bigint := current_setting('app.account_id')::bigint;
    typed text := replace(replace(replace(term, '\\', '\\\\'), '%', '\\%'), '_', '\\_');
BEGIN
    IF length(term) > 2 THEN
        RETURN QUERY SELECT c.id FROM contact c
            WHERE c.account_id = mine AND c.search_text LIKE '%' || typed || '%' LIMIT most;
    ELSE
        RETURN QUERY SELECT c.id FROM contact c
            WHERE c.account_id = mine
              AND (c.search_text LIKE typed || '%' OR c.search_text LIKE '% ' || typed || '%')
            LIMIT most;
    END IF;
END $$;
REVOKE ALL ON FUNCTION contact_search(text, integer)
    FROM PUBLIC, assent_every_account, assent_tracking;
"""

UNDO = """
DROP FUNCTION contact_search(text, integer);
DROP INDEX contact_search;
DROP TRIGGER contact_changed ON contact;
DROP TRIGGER contact_removed ON contact;
DROP TRIGGER contact_added ON contact;
DROP FUNCTION count_contacts();
DROP FUNCTION fold_contact_count(bigint);
DROP TRIGGER standing_changed ON standing;
DROP TRIGGER standing_made ON standing;
DROP FUNCTION standing_tells_contacts();
DROP TRIGGER contact_reads_standing ON contact;
DROP FUNCTION contact_reads_standing();
DROP FUNCTION contact_consent(text, text, boolean, text);
"""


class Migration(migrations.Migration):
    dependencies = [("marketing", "0005_numbers_of_accounts")]

    operations = [
        TrigramExtension(),
        BtreeGinExtension(),
        migrations.AddField(
            "contact",
            "consent",
            models.CharField(max_length=12, default="not_asked", db_default="not_asked"),
        ),
        migrations.AddField(
            "contact",
            "tracking",
            models.CharField(max_length=3, blank=True, default="", db_default=""),
        ),
        migrations.CreateModel(
            name="ContactCount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("consent", models.CharField(max_length=12)),
                ("tracking", models.CharField(max_length=3)),
                ("country", models.CharField(max_length=2)),
                ("people", models.BigIntegerField()),
            ],
            options={
                "db_table": "contact_count",
                "indexes": [models.Index(fields=["account_id"], name="contact_count_of_account")],
            },
        ),
        EnableRowSecurity("contact_count"),
        migrations.RunSQL(STATE + COUNTS + SEARCH, UNDO),
        *(
            migrations.AddIndex(
                "contact",
                models.Index(fields=["account", column, "id"], name=f"contact_by_{column}"),
            )
            for column in ("consent", "tracking", "country")
        ),
    ]
