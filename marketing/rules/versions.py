"""Versions of the country policy side by side in the database: loading one, reading one.

In force is the latest whose day has come; SQL asks the view rule_in_force, Python asks here.
"""

from datetime import date
from functools import lru_cache
from pathlib import Path

from django.utils import timezone

from marketing.models import Account, CountryRule, RulesVersion
from marketing.rules import policy
from marketing.rules.policy import Policy, PolicyBroken, read_policy
from marketing.tenancy import no_account

_FIELDS = tuple(policy.CountryRule.__dataclass_fields__)


def load(path: Path, *, laws: Path | None, valid_from: date, source: str) -> RulesVersion:
    """Store a policy file as a version; the same file again changes nothing.

    The name is the file's, "country-policy-NAME.csv". PolicyBroken for a file that contradicts
    itself, for another version of the same name or day, and for a day that is over.
    """
    name = path.stem.removeprefix("country-policy-")
    wanted = read_policy(path, laws, name=name)
    with no_account():
        found = RulesVersion.objects.filter(name=name).first()
        if found is not None:
            if policy_of(found).rules != wanted.rules or found.valid_from != valid_from:
                raise PolicyBroken(f"Version {name} is there already, and it is another one.")
            return found
        if RulesVersion.objects.filter(valid_from=valid_from).exists():
            raise PolicyBroken(f"Another version begins on {valid_from}.")
        if valid_from < timezone.now().date():
            raise PolicyBroken("A version cannot begin before today: mails were sent by the old.")
        made = RulesVersion.objects.create(name=name, valid_from=valid_from, source=source)
        CountryRule.objects.bulk_create(
            CountryRule(version=made, **{field: getattr(rule, field) for field in _FIELDS})
            for rule in wanted.rules.values()
        )
        return made


def in_force(*, on: date | None = None) -> RulesVersion | None:
    """The version in force on a day (today)."""
    day = on or timezone.now().date()
    return RulesVersion.objects.filter(valid_from__lte=day).order_by("-valid_from").first()


def upcoming() -> RulesVersion | None:
    """The next version whose day has not come."""
    later = RulesVersion.objects.filter(valid_from__gt=timezone.now().date())
    return later.order_by("valid_from").first()


def policy_in_force() -> Policy:
    """The rules of today; where no version is in force, those we ship."""
    version = in_force()
    return policy_of(version) if version else policy.current_policy()


def applied(account: Account, country: str = "") -> str:
    """Which rules bind now, for a record: "FR+DE 2026-11-25", the account's country first."""
    version = in_force()
    countries = "+".join(dict.fromkeys(filter(None, [account.country, country])))
    return f"{countries} {version.name if version else 'none'}"


def policy_of(version: RulesVersion) -> Policy:
    """All rules of a version. A version never changes, so it is read once per process."""
    return _read(version.pk, version.name)


@lru_cache(maxsize=8)
def _read(version_id: int, name: str) -> Policy:
    rows = CountryRule.objects.filter(version_id=version_id).values(*_FIELDS)
    return Policy(name, {row["country"]: policy.CountryRule(**row) for row in rows})
