"""country-policy.csv, whole: the shipped policy says what the file says, row by row."""

import csv

import pytest

from marketing.rules.policy import current_policy, read_policy
from tests.cases.files import cases_file

PATH = cases_file("country-policy.csv")
ROWS = list(csv.DictReader(PATH.read_text().splitlines()))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["cc"])
def test_shipped_rule_says_what_the_row_says(row: dict[str, str]) -> None:
    rule = current_policy().rules[row["cc"]]
    assert rule.optin == row["optin"]
    assert rule.track_class == row["track_class"]
    assert rule.tracking_default == (row["tracking_default"] == "on")
    assert rule.consent_default == (row["consent_default"] == "on")
    assert rule.consent_locked == (row["consent_locked"] == "1")
    assert (rule.conf_optin, rule.conf_tracking) == (row["conf_optin"], row["conf_tracking"])


def test_the_file_is_whole_and_consistent() -> None:
    policy = read_policy(PATH, name="2026-11-25")
    assert len(policy.rules) == 81
    assert policy.rules.keys() == current_policy().rules.keys()
    assert {c for c, rule in policy.rules.items() if not rule.consent_default} == {"US", "AR"}
