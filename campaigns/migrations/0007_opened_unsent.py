"""Who opened or clicked though the mail counts as failed or unknown is counted, not looked for."""

from django.db import migrations, models

COUNT = """
UPDATE campaign_totals t SET opened_unsent = d.opened, clicked_unsent = d.clicked
FROM (SELECT r.account_id, r.campaign_id,
          count(*) FILTER (WHERE e.opens > 0 OR e.opens_proxy > 0) AS opened,
          count(*) FILTER (WHERE e.clicks > 0) AS clicked
      FROM recipient r JOIN engagement e USING (account_id, campaign_id, contact_id)
      WHERE r.trouble IN ('unknown', 'failed') GROUP BY 1, 2) d
WHERE t.account_id = d.account_id AND t.campaign_id = d.campaign_id;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0006_sending_limits_and_relays")]

    operations = [
        *(
            migrations.AddField("campaigntotals", name, models.IntegerField(db_default=0))
            for name in ("opened_unsent", "clicked_unsent")
        ),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
