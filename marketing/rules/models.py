"""The country policy as versioned data: global tables, the same for every account."""

from django.db import models


class RulesVersion(models.Model):
    """One published state of the whole policy. In force: the latest whose day has come."""

    name = models.CharField(max_length=40, unique=True)
    valid_from = models.DateField(unique=True)
    source = models.CharField(max_length=300)

    class Meta:
        db_table = "rules_version"


class CountryRule(models.Model):
    """What one country asks in one version; country "*" is any country that is not listed."""

    version = models.ForeignKey(RulesVersion, models.CASCADE, related_name="rules")
    country = models.CharField(max_length=2)
    optin = models.CharField(max_length=2)  # R, RS, RI, MX, OO
    track_class = models.CharField(max_length=1)  # C, P, N
    tracking_default = models.BooleanField()
    consent_default = models.BooleanField()
    consent_locked = models.BooleanField()
    conf_optin = models.CharField(max_length=1)
    conf_tracking = models.CharField(max_length=1)
    law = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "country_rule"
        constraints = [
            models.UniqueConstraint(fields=["version", "country"], name="country_rule_once")
        ]
