"""Country rules in SQL: the version in force, the tracking class of two countries, may_track.

`may_track` is the one place that decides about tracking a person (product 2): sending, pages and
the endpoint call it. Classes order C > P > N; with more than one rule the strictest holds.
"""

from django.db import migrations

SQL = """
CREATE VIEW rule_in_force AS
    SELECT r.* FROM country_rule r
    WHERE r.version_id = (
        SELECT v.id FROM rules_version v WHERE v.valid_from <= current_date
        ORDER BY v.valid_from DESC LIMIT 1);

-- The class of one declared country; NULL for none. An unlisted country follows row "*".
CREATE FUNCTION country_track_class(country text) RETURNS text
LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT track_class FROM rule_in_force r WHERE r.country = $1),
        (SELECT track_class FROM rule_in_force r WHERE r.country = '*'))
    WHERE $1 <> ''
$$;

-- Strictest of the account's and the contact's class; a contact without a country counts as the
-- account's, or as C when the account has ever had a contact in a class C country.
CREATE FUNCTION track_class(account_country text, strict_unknown boolean, contact_country text)
RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN $3 = '' AND $2 THEN 'C'
        WHEN 'C' IN (a.class, c.class) THEN 'C'
        WHEN 'P' IN (a.class, c.class) THEN 'P'
        ELSE 'N' END
    -- No rules in force: the strictest, so that nothing is recorded.
    FROM (SELECT coalesce(country_track_class($1), 'C') AS class) a,
         (SELECT coalesce(country_track_class($3), 'N') AS class) c
$$;

CREATE FUNCTION may_track(
    account_tracking boolean, campaign_tracks boolean, track_class text, choice text)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT $1 AND $2 AND coalesce($4, '') <> 'no' AND ($3 = 'N' OR coalesce($4, '') = 'yes')
$$;

GRANT SELECT ON rule_in_force, country_rule, rules_version TO assent_tracking;
GRANT SELECT (id, country, tracking, strict_unknown) ON account TO assent_tracking;
"""

UNDO = """
DROP FUNCTION may_track(boolean, boolean, text, text);
DROP FUNCTION track_class(text, boolean, text);
DROP FUNCTION country_track_class(text);
DROP VIEW rule_in_force;
"""


class Migration(migrations.Migration):
    dependencies = [("marketing", "0002_row_security")]

    operations = [migrations.RunSQL(SQL, UNDO)]
