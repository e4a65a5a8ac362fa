"""Indexes of the few reports that somebody has to look at."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tracking", "0008_mail_by_receiving_group"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="inboundreport",
            index=models.Index(
                condition=models.Q(("alarm", True)),
                fields=["account", "received_at"],
                name="inbound_report_alarms",
            ),
        ),
        migrations.AddIndex(
            model_name="inboundreport",
            index=models.Index(
                condition=models.Q(("needs_review", True)),
                fields=["account", "-id"],
                name="inbound_report_to_review",
            ),
        ),
    ]
