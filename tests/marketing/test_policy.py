"""The stricter of two countries, accepted bases, the self-check of the file, country names."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.rules.countries import (
    country_choices,
    country_code,
    country_name,
    default_time_zone,
    time_zone_choices,
)
from marketing.rules.policy import (
    DATA,
    OPTINS,
    STRICTEST,
    TRACK_CLASSES,
    PolicyBroken,
    accepts_basis,
    current_policy,
    read_policy,
    strictest,
)

POLICY = current_policy()
RULES = st.sampled_from(list(POLICY.rules.values()))


@given(RULES, RULES)
def test_each_column_of_the_stricter_rule_is_at_least_as_strict_as_both(one, two) -> None:
    both = strictest([one, two])
    for rule in (one, two):
        assert OPTINS.index(both.optin) <= OPTINS.index(rule.optin)
        assert TRACK_CLASSES.index(both.track_class) <= TRACK_CLASSES.index(rule.track_class)
        assert both.consent_locked >= rule.consent_locked
        assert both.consent_default >= rule.consent_default
        assert both.tracking_default <= rule.tracking_default
    assert replace(strictest([two, one]), country=both.country, law=both.law) == both


@given(RULES, RULES, st.sampled_from(["existing_customer", "implied"]))
def test_a_basis_counts_only_where_every_locking_country_accepts_it(one, two, kind) -> None:
    locking = [rule for rule in (one, two) if rule.consent_locked]
    accepted_by_all = all(accepts_basis(rule, kind) for rule in locking)
    assert accepts_basis(strictest([one, two]), kind) == accepted_by_all


@pytest.mark.parametrize(
    ("country", "kind", "accepted"),
    [
        ("FR", "existing_customer", True),
        ("FR", "implied", False),
        ("CA", "implied", True),
        ("CA", "existing_customer", True),
        ("PL", "existing_customer", False),
        ("US", "implied", True),
        ("US", "", False),
        ("US", "hearsay", False),
    ],
)
def test_accepted_basis_follows_the_opt_in_column(country: str, kind: str, accepted: bool) -> None:
    assert accepts_basis(POLICY.rule_for(country), kind) is accepted


def test_strictest_of_all_accepts_nothing() -> None:
    assert not accepts_basis(STRICTEST, "existing_customer")
    assert strictest([STRICTEST, *POLICY.rules.values()]).track_class == "C"


def test_unlisted_country_gets_the_rule_for_any_other_country() -> None:
    rule = POLICY.rule_for("JM")
    assert (rule.country, rule.optin, rule.consent_locked) == ("JM", "MX", False)
    assert not POLICY.is_reviewed("JM")
    assert POLICY.is_reviewed("FR")


def test_every_listed_country_names_its_law() -> None:
    assert [code for code, rule in POLICY.rules.items() if not rule.law and code != "*"] == []
    assert POLICY.rule_for("FR").law == "CPCE L34-5; Data Protection Act Art. 82"


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("FR,RS,C,off", "FR,RS,C,on"),
        ("FR,RS,C,off,on,1", "FR,RS,C,off,on,0"),
        ("US,OO,N,on,off", "US,OO,N,on,on"),
        ("FR,RS", "FR,XX"),
        ("*,MX", "ZZ,MX"),
        ("BE,RS", "AT,RS"),
    ],
)
def test_contradicting_file_is_refused(tmp_path: Path, right: str, wrong: str) -> None:
    text = (DATA / "country-policy-2026-11-25.csv").read_text()
    assert right in text
    broken = tmp_path / "policy.csv"
    broken.write_text(text.replace(right, wrong, 1))
    with pytest.raises(PolicyBroken):
        read_policy(broken, name="2026-11-25")


def test_countries_have_names_and_time_zones() -> None:
    zones = {zone for zone, _ in time_zone_choices()}
    assert len(country_choices()) >= 249
    assert [code for code, _ in country_choices() if default_time_zone(code) not in zones] == []
    assert [code for code in POLICY.rules if code != "*" and country_name(code) == code] == []
    assert country_name("FR") == "France"
    assert country_name("") == "Unknown"


@pytest.mark.parametrize(
    ("typed", "code"),
    [("fr", "FR"), (" France ", "FR"), ("UK", "GB"), ("turkiye", "TR"), ("XQ", None), ("", None)],
)
def test_country_is_read_from_code_or_english_name(typed: str, code: str | None) -> None:
    assert country_code(typed) == code
