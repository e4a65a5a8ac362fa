"""The names of stored batches: one whose COMMIT was never answered is not stored a second time."""

from django.db import migrations

SQL = """
CREATE TABLE tracking_batch (name text PRIMARY KEY, at timestamptz NOT NULL DEFAULT now());
CREATE INDEX tracking_batch_at ON tracking_batch USING brin (at);
REVOKE ALL ON tracking_batch FROM assent, assent_tracking;
GRANT INSERT, SELECT (name) ON tracking_batch TO assent, assent_tracking;
GRANT SELECT, DELETE ON tracking_batch TO assent_every_account;
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0004_what_came_back")]

    operations = [migrations.RunSQL(SQL, "DROP TABLE tracking_batch")]
