"""Each chunk counts the reasons of those who never get the mail, as it counts the states."""

from django.db import migrations, models

COUNT = """
UPDATE chunk c SET never_reasons = d.reasons
FROM (SELECT k.account_id, k.campaign_id, k.chunk, jsonb_object_agg(k.reason, k.people) AS reasons
      FROM (SELECT r.account_id, r.campaign_id, r.chunk,
                   coalesce(r.closed_reason, r.reason) AS reason, count(*) AS people
            FROM recipient r
            WHERE (r.closed_reason IS NOT NULL OR r.verdict = 3) AND r.sent_at IS NULL
              AND coalesce(r.trouble, '') NOT IN ('unknown', 'failed')
            GROUP BY 1, 2, 3, 4) k
      GROUP BY 1, 2, 3) d
WHERE c.account_id = d.account_id AND c.campaign_id = d.campaign_id AND c.kind = 'mail'
  AND c.number = d.chunk;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0003_pictures_and_who_saved")]

    operations = [
        migrations.AddField("chunk", "never_reasons", models.JSONField(null=True)),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
