"""The country policy: what the law of a country asks, and the stricter of two. Pure.

The data are the CSV files in data/, one pair per version; SQL reads the same from country_rule.
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Final

DATA: Final = Path(__file__).parent / "data"
CURRENT: Final = "2026-11-25"
ANY_COUNTRY: Final = "*"

# Strictest first, column by column.
OPTINS: Final = ("R", "RS", "RI", "MX", "OO")
TRACK_CLASSES: Final = ("C", "P", "N")
CONFIDENCES: Final = ("L", "M", "H")

EXISTING_CUSTOMER: Final = "existing_customer"
IMPLIED: Final = "implied"
_ACCEPTED: Final = {"R": (), "RS": (EXISTING_CUSTOMER,), "RI": (EXISTING_CUSTOMER, IMPLIED)}


@dataclass(frozen=True)
class CountryRule:
    """One row of the policy. `optin`: R required, RS customer exception, RI may be implied,
    MX mixed, OO opt-out. `track_class`: C consent rule, P precaution, N none found."""

    country: str
    optin: str
    track_class: str
    tracking_default: bool
    consent_default: bool
    consent_locked: bool
    conf_optin: str
    conf_tracking: str
    law: str = ""

    @property
    def asks_each_person_about_tracking(self) -> bool:
        """Whether nobody is tracked who did not say yes to tracking."""
        return self.track_class != "N"


# A contact without a country, in an account that has or had a contact in class C (product 2).
STRICTEST: Final = CountryRule("", "R", "C", False, True, True, "H", "H")


class PolicyBroken(ValueError):
    """The policy file contradicts itself; the text says where."""


@dataclass(frozen=True)
class Policy:
    """All rules of one version."""

    name: str
    rules: Mapping[str, CountryRule]

    @property
    def valid_from(self) -> date:
        """The first day on which this version is in force."""
        return date.fromisoformat(self.name)

    def rule_for(self, country: str) -> CountryRule:
        """The rule of a country; the rule for any other country where it is not listed."""
        listed = self.rules.get(country)
        return listed or replace(self.rules[ANY_COUNTRY], country=country)

    def is_reviewed(self, country: str) -> bool:
        """False where only the rule for any other country applies."""
        return country in self.rules


def strictest(rules: Iterable[CountryRule]) -> CountryRule:
    """The stricter of each column, confidences included; at least one rule is needed.

    `country` and `law` name the countries with the strictest opt-in column, joined.
    """
    every = list(rules)
    optin = _first(OPTINS, (rule.optin for rule in every))
    naming = [rule for rule in every if rule.optin == optin]
    return CountryRule(
        country=", ".join(dict.fromkeys(rule.country for rule in naming)),
        optin=optin,
        track_class=_first(TRACK_CLASSES, (rule.track_class for rule in every)),
        tracking_default=all(rule.tracking_default for rule in every),
        consent_default=any(rule.consent_default for rule in every),
        consent_locked=any(rule.consent_locked for rule in every),
        conf_optin=_first(CONFIDENCES, (rule.conf_optin for rule in every)),
        conf_tracking=_first(CONFIDENCES, (rule.conf_tracking for rule in every)),
        law="; ".join(dict.fromkeys(rule.law for rule in naming if rule.law)),
    )


def accepts_basis(rule: CountryRule, kind: str) -> bool:
    """Whether a recorded, attested, unexpired basis of this kind may stand for a yes."""
    if kind not in (EXISTING_CUSTOMER, IMPLIED):
        return False
    return not rule.consent_locked or kind in _ACCEPTED.get(rule.optin, ())


@cache
def current_policy() -> Policy:
    """The version that is shipped as current."""
    return read_policy(
        DATA / f"country-policy-{CURRENT}.csv", DATA / f"country-laws-{CURRENT}.csv", name=CURRENT
    )


def read_policy(path: Path, laws: Path | None = None, *, name: str) -> Policy:
    """The checked policy of one CSV file, with the names of the laws; PolicyBroken if it is odd."""
    texts = {row["cc"]: row["law"] for row in _rows_of(laws)} if laws else {}
    rules: dict[str, CountryRule] = {}
    for row in _rows_of(path):
        rule = _read_rule(row, texts.get(row["cc"], ""))
        if rule.country in rules:
            raise PolicyBroken(f"{rule.country} is listed twice.")
        rules[rule.country] = rule
    _check(rules)
    return Policy(name, rules)


def _rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def _read_rule(row: Mapping[str, str], law: str) -> CountryRule:
    country = row["cc"]
    return CountryRule(
        country=country,
        optin=_one_of(OPTINS, row["optin"], country),
        track_class=_one_of(TRACK_CLASSES, row["track_class"], country),
        tracking_default=_one_of(("off", "on"), row["tracking_default"], country) == "on",
        consent_default=_one_of(("off", "on"), row["consent_default"], country) == "on",
        consent_locked=_one_of(("0", "1"), row["consent_locked"], country) == "1",
        conf_optin=_one_of(CONFIDENCES, row["conf_optin"], country),
        conf_tracking=_one_of(CONFIDENCES, row["conf_tracking"], country),
        law=law,
    )


def _check(rules: Mapping[str, CountryRule]) -> None:
    """The file's own invariants (law reference, 1.6)."""
    if ANY_COUNTRY not in rules:
        raise PolicyBroken("There is no row for any other country.")
    for rule in rules.values():
        if rule.track_class in ("C", "P") and rule.tracking_default:
            raise PolicyBroken(f"{rule.country}: tracking is on in class {rule.track_class}.")
        if (rule.optin in _ACCEPTED) != rule.consent_locked:
            raise PolicyBroken(f"{rule.country}: the lock does not follow from {rule.optin}.")
        if (rule.optin == "OO") == rule.consent_default:
            raise PolicyBroken(f"{rule.country}: consent does not follow from {rule.optin}.")


def _one_of(allowed: tuple[str, ...], value: str, country: str) -> str:
    if value not in allowed:
        raise PolicyBroken(f"{country}: {value!r} is none of {', '.join(allowed)}.")
    return value


def _first(order: tuple[str, ...], values: Iterable[str]) -> str:
    return min(values, key=order.index)


def is_looser(rule: CountryRule, than: CountryRule) -> bool:
    """Whether any column of `rule` asks less than the same column of `than`."""
    return (
        OPTINS.index(rule.optin) > OPTINS.index(than.optin)
        or TRACK_CLASSES.index(rule.track_class) > TRACK_CLASSES.index(than.track_class)
        or rule.consent_locked < than.consent_locked
    )
