"""Pictures of newsletters, and who saved a draft last."""

import django.db.models.deletion
from django.db import migrations, models

from marketing.row_security import EnableRowSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("campaigns", "0002_row_security"),
        ("marketing", "0006_contacts_found_fast"),
    ]

    operations = [
        migrations.AddField(
            model_name="campaign",
            name="changed_by",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="marketing.member",
            ),
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=32)),
                (
                    "kind",
                    models.CharField(
                        choices=[("jpg", "JPEG"), ("png", "PNG"), ("gif", "GIF")], max_length=3
                    ),
                ),
                ("content", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("uploaded_at", models.DateTimeField(auto_now_add=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="marketing.account",
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="marketing.member",
                    ),
                ),
            ],
            options={
                "db_table": "picture",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "name"), name="picture_name_once")
                ],
            },
        ),
        EnableRowSecurity("picture"),
    ]
