"""The rule in force for a country, and what it decides for a whole account.

What it decides for one person is SQL: track_class, may_track and the gate.
"""

from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.utils import timezone

from marketing.models import Account, CountryRule, RulesVersion
from marketing.rules.policy import ANY_COUNTRY


class NoRules(RuntimeError):
    """No version of the country policy is in force: nothing may be decided, nothing sent."""


@dataclass(frozen=True)
class Defaults:
    """How the two switches of a new account stand."""

    tracking: bool
    consent: bool


def rule_for(country: str, *, on: date | None = None) -> CountryRule:
    """The country's rule in the version in force on a day (today), the rule "*" if not listed.

    Raises NoRules where no version is in force.
    """
    day = on or timezone.now().date()
    version = RulesVersion.objects.filter(valid_from__lte=day).order_by("-valid_from").first()
    if version is None:
        raise NoRules(f"No country policy is in force on {day}.")
    listed = Q(country=country) | Q(country=ANY_COUNTRY)
    rules = {rule.country: rule for rule in version.rules.filter(listed).select_related("version")}
    try:
        return rules.get(country) or rules[ANY_COUNTRY]
    except KeyError as missing:
        raise NoRules(f"{version.name} has no rule for any other country.") from missing


def account_defaults(country: str) -> Defaults:
    """The switches of a new account in this country."""
    rule = rule_for(country)
    return Defaults(tracking=rule.tracking_default, consent=rule.consent_default)


def is_consent_locked(account: Account) -> bool:
    """Whether the law of the account's country keeps the consent switch on."""
    return rule_for(account.country).consent_locked


def asks_for_consent(account: Account) -> bool:
    """Whether new campaigns ask: the switch, or the lock where a later policy set one."""
    return account.consent or is_consent_locked(account)
