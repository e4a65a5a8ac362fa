"""addresses.json, whole: what is accepted, refused and why."""

from typing import Any

import pytest

from marketing.audience.addresses import BadAddress, read_address
from tests.cases.files import cases_json

CASES: list[dict[str, Any]] = cases_json("addresses.json")
ACCEPTED = [case for case in CASES if case["verdict"] == "accept"]
REJECTED = [case for case in CASES if case["verdict"] == "reject"]


@pytest.mark.parametrize("case", ACCEPTED, ids=lambda case: ascii(case["input"]))
def test_accepted_address_is_sent_compared_and_shown_as_the_case_says(case: dict[str, Any]) -> None:
    address = read_address(case["input"])
    assert address.send_to == case["send_to"]
    assert address.key == case["key"]
    assert address.display == case["display"]
    assert sorted(address.flags) == sorted(case["flags"])


@pytest.mark.parametrize("case", REJECTED, ids=lambda case: ascii(case["input"]))
def test_refused_address_names_its_reason_and_explains_it(case: dict[str, Any]) -> None:
    with pytest.raises(BadAddress) as refused:
        read_address(case["input"])
    assert refused.value.reason == case["reason"]
    assert refused.value.text.endswith((".", "?"))


def test_the_file_is_whole() -> None:
    assert len(ACCEPTED) + len(REJECTED) == len(CASES) >= 86
