"""People by the hour of their first open and click: the Statistics page read everybody for them."""

from django.db import migrations, models

from marketing.row_security import EnableRowSecurity

COUNT = """
INSERT INTO first_time (account_id, campaign_id, kind, number, hour, people)
SELECT e.account_id, e.campaign_id, 'open', 0,
    date_trunc('hour', e.opened_first_at, 'UTC'), count(*)
FROM engagement e WHERE e.opened_first_at IS NOT NULL GROUP BY 1, 2, 5
UNION ALL
SELECT e.account_id, e.campaign_id, 'click', 0,
    date_trunc('hour', e.clicked_first_at, 'UTC'), count(*)
FROM engagement e WHERE e.clicked_first_at IS NOT NULL GROUP BY 1, 2, 5
UNION ALL
SELECT l.account_id, l.campaign_id, 'click', l.number,
    date_trunc('hour', l.first_at, 'UTC'), count(*)
FROM link_click l WHERE l.judged_class = 'person' GROUP BY 1, 2, 4, 5;
"""


class Migration(migrations.Migration):
    dependencies = [("campaigns", "0004_reasons_counted")]

    operations = [
        migrations.CreateModel(
            name="FirstTime",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "account_id",
                        "campaign_id",
                        "kind",
                        "number",
                        "hour",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("account_id", models.BigIntegerField()),
                ("campaign_id", models.BigIntegerField()),
                ("kind", models.CharField(max_length=5)),
                ("number", models.PositiveSmallIntegerField(db_default=0)),
                ("hour", models.DateTimeField()),
                ("people", models.IntegerField(db_default=0)),
            ],
            options={"db_table": "first_time"},
        ),
        EnableRowSecurity("first_time"),
        migrations.RunSQL(COUNT, migrations.RunSQL.noop),
    ]
