"""Bars add up, show small parts, and never run over."""

from hypothesis import given
from hypothesis import strategies as st

from marketing.bars import BarPart, bar_parts, sentence


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def test_parts_stand_side_by_side() -> None:
    assert bar_parts([("sent", 3), ("queued", 0), ("never", 1)]) == (
        BarPart("sent", "0.00%", "75.00%"),
        BarPart("never", "75.00%", "25.00%"),
    )


def test_rest_of_a_larger_whole_stays_empty() -> None:
    (part,) = bar_parts([("sent", 1)], total=4)
    assert part.width == "25.00%"


def test_one_in_a_million_can_be_seen() -> None:
    *_, last = bar_parts([("sent", 999_999), ("errors", 1)])
    assert percent(last.width) >= 0.29


def test_nobody_is_no_bar() -> None:
    assert bar_parts([("sent", 0)]) == ()


@given(st.lists(st.integers(min_value=0, max_value=10**7), max_size=8))
def test_parts_never_run_over_the_end(counts: list[int]) -> None:
    parts = bar_parts([("sent", count) for count in counts])
    assert len(parts) == sum(count > 0 for count in counts)
    assert all(percent(p.x) + percent(p.width) <= 100.05 for p in parts)


def test_sentence_names_what_there_is() -> None:
    assert (
        sentence("5,118 people", [("sent", 2641), ("queued", 0)]) == "Of 5,118 people: 2,641 sent"
    )
