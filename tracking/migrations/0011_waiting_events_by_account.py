"""Events that wait to be folded, found in the order they are folded in: of one account, by time.

With the old index over the time alone the planner read an account's whole history for each batch.
"""

from django.db import migrations

SQL = """
DROP INDEX tracking_event_to_fold;
CREATE INDEX tracking_event_to_fold ON tracking_event (account_id, at, id) WHERE folded_at IS NULL;
"""
UNDO = """
DROP INDEX tracking_event_to_fold;
CREATE INDEX tracking_event_to_fold ON tracking_event (at) WHERE folded_at IS NULL;
"""


class Migration(migrations.Migration):
    dependencies = [("tracking", "0010_stopped_links")]

    operations = [migrations.RunSQL(SQL, UNDO)]
