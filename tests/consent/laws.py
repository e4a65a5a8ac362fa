"""Versions of the country rules for the random histories: made, loaded, and days that pass."""

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from django.db import connection
from django.utils import timezone

from marketing.audience.noticing import notice_everywhere
from marketing.models import CountryRule, RulesVersion
from marketing.rules import versions
from tests.consent.straight_gate import Law

SHIPPED: Final = "2026-11-25"
TURNS: Final = {
    "stricter": {"optin": "R", "consent_default": "on", "consent_locked": "1"},
    "customers": {"optin": "RS", "consent_default": "on", "consent_locked": "1"},
    "freer": {"optin": "OO", "consent_default": "off", "consent_locked": "0"},
    "class_c": {"track_class": "C", "tracking_default": "off"},
}


class Laws:
    """What the test itself knows of the versions: the day each begins, and its rules."""

    def __init__(self, shipped: Law, folder: Path) -> None:
        RulesVersion.objects.exclude(name=SHIPPED).delete()
        self._folder = folder
        began = RulesVersion.objects.get(name=SHIPPED).valid_from
        self._known: list[tuple[date, str, Law]] = [(began, SHIPPED, shipped)]

    def now(self) -> Law:
        """The rules of today."""
        return max((one for one in self._known if one[0] <= _today()), key=lambda one: one[0])[2]

    def load(self, country: str, turn: str, *, days: int) -> None:
        """A version in which one country turns, from some day on; nothing if that day is taken."""
        day = _today() + timedelta(days=days)
        if any(begins == day for begins, _, _ in self._known):
            return
        law = self.now() | {country: self.now()[country] | TURNS[turn]}
        name = f"turn-{len(self._known)}-{country}-{id(self)}"
        path = self._folder / f"country-policy-{name}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, law[country].keys())
            writer.writeheader()
            writer.writerows(law.values())
        versions.load(path, laws=None, valid_from=day, source="A history")
        self._known.append((day, name, law))
        notice_everywhere()

    def days_pass(self, days: int) -> None:
        """Every version is older by so many days, and the daily look is taken."""
        shift = timedelta(days=days)
        self._known = [(begins - shift, name, law) for begins, name, law in self._known]
        # From the oldest on: no two ever begin on one day.
        for begins, name, _ in sorted(self._known, key=lambda one: one[0]):
            RulesVersion.objects.filter(name=name).update(valid_from=begins)
        notice_everywhere()


def laws_as_shipped() -> None:
    """Take the versions of a history away again."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        CountryRule.objects.exclude(version__name=SHIPPED).delete()
        RulesVersion.objects.exclude(name=SHIPPED).delete()
        cursor.execute("SET LOCAL ROLE NONE")


def _today() -> date:
    return timezone.now().date()
