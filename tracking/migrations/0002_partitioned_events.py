"""The table of tracking events, by month, and the two functions that make and drop partitions.

Policies hold through the parent only, so a partition gives no right to anybody: default
privileges would grant them, the functions take them back (architecture 3).
"""

from django.db import migrations

from marketing.row_security import EnableRowSecurity

SQL = """
CREATE TABLE tracking_event (
    account_id bigint NOT NULL,
    at timestamptz NOT NULL,
    id bigint GENERATED ALWAYS AS IDENTITY,
    campaign_id bigint NOT NULL,
    contact_id bigint NOT NULL,
    kind varchar(5) NOT NULL,
    number smallint NOT NULL DEFAULT 0,
    method varchar(8) NOT NULL DEFAULT 'GET',
    ip varchar(45) NOT NULL DEFAULT '',
    network varchar(45) NOT NULL DEFAULT '',
    agent varchar(400) NOT NULL DEFAULT '',
    signals varchar(200) NOT NULL DEFAULT '',
    judged_class varchar(8) NOT NULL DEFAULT '',
    reasons varchar(300) NOT NULL DEFAULT '',
    rules_version varchar(20) NOT NULL DEFAULT '',
    folded_at timestamptz,
    PRIMARY KEY (account_id, at, id)
) PARTITION BY RANGE (at);
CREATE INDEX tracking_event_of_recipient
    ON tracking_event (account_id, campaign_id, contact_id, at);
-- Who else did the same network and agent ask for, around the same time (judging, crowd)?
CREATE INDEX tracking_event_of_network ON tracking_event (account_id, network, at);
CREATE INDEX tracking_event_to_fold ON tracking_event (at) WHERE folded_at IS NULL;

CREATE FUNCTION make_event_partition(month date) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    first date := date_trunc('month', month)::date;
    name text := 'tracking_event_' || to_char(first, 'YYYY_MM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF tracking_event FOR VALUES FROM (%L) TO (%L)',
            name, first::timestamp AT TIME ZONE 'UTC',
            (first + interval '1 month')::timestamp AT TIME ZONE 'UTC');
        EXECUTE format('REVOKE ALL ON %I '
            'FROM assent, assent_every_account, assent_tracking, PUBLIC', name);
    END IF;
    RETURN name;
END $$;

CREATE FUNCTION drop_event_partition(month date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF month > current_date - interval '13 months' THEN
        RAISE EXCEPTION 'The month % is younger than the longest retention', month;
    END IF;
    EXECUTE format('DROP TABLE IF EXISTS %I', 'tracking_event_' || to_char(month, 'YYYY_MM'));
END $$;

REVOKE EXECUTE ON FUNCTION make_event_partition(date), drop_event_partition(date)
    FROM assent_tracking;

SELECT make_event_partition((date_trunc('month', now()) + make_interval(months => m))::date)
    FROM generate_series(-3, 2) m;
"""

UNDO = """
DROP FUNCTION drop_event_partition(date);
DROP FUNCTION make_event_partition(date);
DROP TABLE tracking_event;
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0001_initial"), ("campaigns", "0002_row_security")]

    operations = [
        migrations.RunSQL(SQL, UNDO),
        EnableRowSecurity("tracking_event", tracking="insert"),
    ]
