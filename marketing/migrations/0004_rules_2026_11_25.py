"""The country policy of 25 November 2026, as read from its data files."""

import csv
import datetime
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parent.parent / "rules" / "data"
VERSION = "2026-11-25"
SOURCE = "Law and protocol reference, section 1.3, state of 25 November 2026"


def load(apps, schema_editor):
    with (DATA / f"country-laws-{VERSION}.csv").open(encoding="utf-8") as file:
        laws = {row["cc"]: row["law"] for row in csv.DictReader(file)}
    version = apps.get_model("marketing", "RulesVersion").objects.create(
        name=VERSION, valid_from=datetime.date(2026, 1, 1), source=SOURCE
    )
    CountryRule = apps.get_model("marketing", "CountryRule")
    with (DATA / f"country-policy-{VERSION}.csv").open(encoding="utf-8") as file:
        CountryRule.objects.bulk_create(
            CountryRule(
                version=version,
                country=row["cc"],
                optin=row["optin"],
                track_class=row["track_class"],
                tracking_default=row["tracking_default"] == "on",
                consent_default=row["consent_default"] == "on",
                consent_locked=row["consent_locked"] == "1",
                conf_optin=row["conf_optin"],
                conf_tracking=row["conf_tracking"],
                law=laws.get(row["cc"], ""),
            )
            for row in csv.DictReader(file)
        )


def unload(apps, schema_editor):
    apps.get_model("marketing", "RulesVersion").objects.filter(name=VERSION).delete()


class Migration(migrations.Migration):
    dependencies = [("marketing", "0003_rules_in_sql")]

    operations = [migrations.RunPython(load, unload)]
