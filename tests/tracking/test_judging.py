"""Rules and tables are data: versions, look-ups that scale, a new version by a command."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from tests.tracking.making import PERSON
from tracking.judging.rules import Mail, Seen, judge
from tracking.judging.tables import SHIPPED, Networks, read_tables

ACCEPTED = datetime(2026, 11, 25, 9, tzinfo=UTC)


def click(second: float, number: int, ip: str = "198.51.100.9") -> Seen:
    return Seen(
        at=ACCEPTED + timedelta(seconds=second),
        kind="click",
        number=number,
        ip=ip,
        agent=PERSON,
        signals=frozenset({"lang", "fetch"}),
    )


def test_the_narrowest_network_decides() -> None:
    networks = Networks(
        {"10.0.0.0/8": "data_centre", "10.1.0.0/16": "scanner_list", "2001:db8::/32": "own"}
    )
    places = ("10.2.3.4", "10.1.3.4", "2001:db8::7", "192.0.2.1", "", "nonsense")
    kinds = [networks.kind_of(place) for place in places]
    assert kinds == ["data_centre", "scanner_list", "own", "", "", ""]


def test_thousands_of_requests_of_one_person_are_judged_in_one_go() -> None:
    """A loop somewhere: it took the third power of their number once, that is half an hour."""
    events = [click(100 + n / 100, n % 3) for n in range(3000)]
    judged = judge(events, Mail(ACCEPTED, 9), Networks({}))
    assert {j.judged_class for j in judged} == {"machine"}


@given(
    presses=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 5)), max_size=12),
    links=st.integers(1, 6),
)
def test_a_burst_is_found_wherever_a_window_of_five_seconds_holds_one(
    presses: list[tuple[int, int]], links: int
) -> None:
    """Against the definition, looked up window by window."""
    events = [click(100 + second, number) for second, number in presses]
    judged = judge(events, Mail(ACCEPTED, links), Networks({}))
    for event, judgement in zip(events, judged, strict=True):
        expected = False
        for first in events:
            window = {
                e.number for e in events if timedelta(0) <= e.at - first.at <= timedelta(seconds=5)
            }
            many = len(window) >= 3 or (len(window) >= 2 and len(window) > 0.6 * links)
            within = first.at <= event.at <= first.at + timedelta(seconds=5)
            expected = expected or (many and within)
        assert ("many links at once" in judgement.reasons) == expected


def test_a_new_version_is_made_of_published_lists(tmp_path: Path, capsys: object) -> None:
    published = tmp_path / "ranges.csv"
    published.write_text("172.224.224.0/27,GB,,London,\n2a02:26f7:c9c8:4000::/64,US,US-CA,LA,\n")
    into = tmp_path / "judging"
    call_command("refresh_networks", into=str(into), list=[f"apple_relay={published}"])
    made, shipped = read_tables(into), read_tables(SHIPPED)
    assert made.version != shipped.version
    assert made.networks.kind_of("172.224.224.9") == "apple_relay"
    assert made.networks.kind_of("2a02:26f7:c9c8:4000::1") == "apple_relay"
    assert made.networks.kind_of("127.0.0.1") == "own", "kinds without a list stay"
    assert made.rules == shipped.rules
    source = (into / f"networks-{made.version}.csv").read_text()
    assert f"{published}, 20" in source, "each row says from where and when"


@pytest.mark.parametrize("text", ["<html>moved</html>", "0.0.0.0/0"])
def test_a_list_that_cannot_be_one_is_refused(tmp_path: Path, text: str) -> None:
    published = tmp_path / "ranges.csv"
    published.write_text(text)
    with pytest.raises(CommandError):
        call_command(
            "refresh_networks", into=str(tmp_path / "new"), list=[f"apple_relay={published}"]
        )
    assert not (tmp_path / "new").exists()
