"""Several relays: shares by weight, and fail-over."""

from collections import Counter

import pytest

from mailwire.relay import Security
from mailwire.relays import LONGEST_AWAY_SECONDS, Relays, relays_from_urls


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def make(text: str) -> tuple[Relays, Clock]:
    clock = Clock()
    return Relays(relays_from_urls(text), clock), clock


def test_each_relay_gets_its_share_in_turns() -> None:
    relays, _ = make("smtp://a.test:25?weight=3, smtp://b.test:25")
    turns = [relays.in_turn()[0].host for _ in range(8)]
    assert Counter(turns) == {"a.test": 6, "b.test": 2}
    assert "".join(host[0] for host in turns) == "aabaaaba"


def test_a_relay_that_is_away_comes_last_until_it_answers() -> None:
    relays, clock = make("smtp://a.test smtp://b.test")
    away = relays.in_turn()[0]
    relays.failed(away)
    assert [relays.in_turn()[0] for _ in range(4)] == [relays.in_turn()[0]] * 4
    assert relays.in_turn()[-1] == away
    clock.now += 6
    assert away in [relays.in_turn()[0] for _ in range(2)]
    for _ in range(12):
        relays.failed(away)
    clock.now += LONGEST_AWAY_SECONDS - 1
    assert relays.in_turn()[-1] == away
    relays.answered(away)
    assert away in [relays.in_turn()[0] for _ in range(2)]


def test_all_are_tried_when_all_are_away() -> None:
    relays, _ = make("smtp://a.test smtp://b.test")
    for relay in relays.in_turn():
        relays.failed(relay)
    assert {relay.host for relay in relays.in_turn()} == {"a.test", "b.test"}


def test_a_list_of_urls_keeps_logins_and_weights() -> None:
    first, second, third = relays_from_urls(
        "smtps://me%40x.test:p%2Cq@a.test?weight=2,\n smtp+tls://u:p@b.test:2525"
        " smtp://u:p@c.test:587?tls=starttls"
    )
    assert (first.weight, first.relay.username, first.relay.password) == (2, "me@x.test", "p,q")
    assert (first.relay.security, first.relay.port) == (Security.TLS, 465)
    assert (second.relay.security, second.relay.port) == (Security.STARTTLS, 2525)
    assert (third.relay.security, third.relay.port) == (Security.STARTTLS, 587)


@pytest.mark.parametrize("text", ["", "http://a.test", "smtp://a?weight=0", "smtp://u:p@a.test"])
def test_a_list_that_can_not_be_read_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        relays_from_urls(text)
