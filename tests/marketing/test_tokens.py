"""Signed tokens: one text per claim, nothing else is valid, purposes do not cross."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.tokens import LARGEST, PURPOSES, Claims, Tokens

TOKENS = Tokens({1: b"an invented master key of 32 byte"}, 1)
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
NUMBERS = st.integers(0, LARGEST)
NAMED_PURPOSES = st.sampled_from(sorted(PURPOSES))


@given(NAMED_PURPOSES, NUMBERS, NUMBERS, NUMBERS)
def test_what_was_made_is_read(purpose: str, account: int, a: int, b: int) -> None:
    token = TOKENS.make(purpose, account, a, b)
    assert len(token) < 120
    assert TOKENS.read(purpose, token) == Claims(purpose, account, a, b)


@given(NUMBERS, NUMBERS, NUMBERS)
def test_purposes_do_not_cross(account: int, a: int, b: int) -> None:
    for made in PURPOSES:
        token = TOKENS.make(made, account, a, b)
        readable = [purpose for purpose in PURPOSES if TOKENS.read(purpose, token)]
        assert readable == [made]


def test_none_of_a_thousand_neighbours_is_valid() -> None:
    chance = random.Random(7)
    for numbers in [(1, 2, 3), (42, 9001, 127), (300, 70_000, 1_000_000), (1, 1, LARGEST)]:
        token = TOKENS.make("track", *numbers)
        neighbours = {chance_neighbour(token, chance) for _ in range(1_000)} - {token}
        assert len(neighbours) > 500
        assert [other for other in neighbours if TOKENS.read("track", other)] == []


def chance_neighbour(token: str, chance: random.Random) -> str:
    place = chance.randrange(len(token))
    kind = chance.randrange(4)
    if kind == 0:
        return token[:place] + chance.choice(ALPHABET) + token[place + 1 :]
    if kind == 1:
        return token[:place] + chance.choice(ALPHABET) + token[place:]
    if kind == 2:
        return token[:place] + token[place + 1 :]
    raw = bytearray(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    raw[chance.randrange(len(raw))] ^= 1 << chance.randrange(8)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_every_changed_last_character_is_invalid_even_where_only_padding_bits_change() -> None:
    for contact in (1, 200, 20_000):
        token = TOKENS.make("track", 1, 1, contact)
        valid = [end for end in ALPHABET if TOKENS.read("track", token[:-1] + end)]
        assert valid == [token[-1]]


@pytest.mark.parametrize("spoiled", ["", "x", "{}=", "{}\n", " {}", "{}%00", "é{}", "{}é"])
def test_spoiled_text_is_no_token(spoiled: str) -> None:
    assert TOKENS.read("track", spoiled.format(TOKENS.make("track", 1, 2, 3))) is None


@given(st.text(max_size=130))
def test_any_text_is_read_without_an_error(text: str) -> None:
    assert TOKENS.read("leave", text) is None


def test_a_retired_key_still_reads_and_an_unknown_one_does_not() -> None:
    old, new = b"the first master key, 24", b"the second master key, 2"
    token = Tokens({1: old}, 1).make("leave", 5, 6, 7)
    assert Tokens({1: old, 2: new}, 2).read("leave", token)
    assert Tokens({2: new}, 2).read("leave", token) is None
    assert Tokens({1: new}, 1).read("leave", token) is None


def test_the_setting_holds_one_secret_or_numbered_ones_with_the_newest_first() -> None:
    before = Tokens.from_setting("an invented secret")
    after = Tokens.from_setting("2:another secret,1:an invented secret")
    token = before.make("leave", 1, 2, 3)
    assert after.read("leave", token)
    assert before.read("leave", after.make("leave", 1, 2, 3)) is None


def test_unknown_purpose_and_numbers_that_do_not_fit_are_errors_of_the_caller() -> None:
    with pytest.raises(ValueError, match="purpose"):
        TOKENS.make("gift", 1, 2, 3)
    with pytest.raises(ValueError, match="purpose"):
        TOKENS.read("gift", "x")
    with pytest.raises(ValueError, match="fit"):
        TOKENS.make("track", -1, 2, 3)
