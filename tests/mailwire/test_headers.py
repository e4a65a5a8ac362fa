"""Header encoding, for any text a person can type or carry in a field."""

import re
from email import message_from_bytes
from email.header import decode_header, make_header
from email.policy import default
from email.utils import parseaddr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwire.headers import (
    HeaderRefused,
    checked_custom_header,
    checked_display_name,
    checked_subject,
    cleaned,
    has_control_character,
    mailbox_header,
    text_header,
    token_header,
)

ENCODED_WORD = re.compile(rb"=\?[^?]+\?([bq])\?([^?]*)\?=", re.IGNORECASE)
one_line = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=300)


def decoded(line: bytes) -> str:
    """The value as a reader's mail program shows it."""
    unfolded = line.removesuffix(b"\r\n").replace(b"\r\n", b"")
    return str(make_header(decode_header(unfolded.partition(b": ")[2].decode("ascii"))))


def display_name_of(line: bytes) -> str:
    """The name in From. (The newer parser puts a blank between encoded-words in a phrase.)"""
    unfolded = line.replace(b"\r\n", b"").decode("ascii").partition(": ")[2]
    name = parseaddr(unfolded)[0]
    return str(make_header(decode_header(name))) if "=?" in unfolded else name


def assert_well_written(line: bytes) -> None:
    assert line.endswith(b"\r\n")
    for part in line.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(part) <= 998
        assert part.strip()
        assert not re.search(rb"[\r\n\x00]", part)
        if b"=?" in part:
            assert len(part) <= 76
    for word in ENCODED_WORD.finditer(line):
        assert len(word[0]) <= 75
        one = decode_header(word[0].decode())[0][0]
        assert isinstance(one, bytes)
        one.decode("utf-8")  # raises if a code point was split


@given(one_line.filter(lambda value: value.strip(" ")))
def test_any_subject_comes_back_as_it_was_typed(value: str) -> None:
    line = text_header("Subject", value)
    assert_well_written(line)
    assert decoded(line) == value


@given(one_line.filter(lambda value: value.strip(" ")))
def test_any_display_name_comes_back_with_exactly_one_mailbox(name: str) -> None:
    line = mailbox_header("From", name.strip(), "news@example.com")
    assert_well_written(line)
    found = message_from_bytes(line + b"\r\n", policy=default)["From"].addresses
    assert [each.addr_spec for each in found] == ["news@example.com"]
    assert display_name_of(line) == name.strip()


@given(st.text())
def test_a_cleaned_value_can_stand_in_any_header(value: str) -> None:
    assert not has_control_character(cleaned(value))
    assert text_header("Subject", "x" + cleaned(value)).count(b"Subject") >= 1


@given(st.text(), st.sampled_from("\r\n\x00\x1b\x7f\x85\u2028\u2029\x9f"), st.text())
def test_a_typed_control_character_is_always_refused(before: str, control: str, after: str) -> None:
    with pytest.raises(HeaderRefused) as refused:
        checked_subject(before + control + after)
    assert refused.value.reason == "control_character"


def test_joined_emoji_stay_in_one_encoded_word() -> None:
    family = "\U0001f469\u200d\U0001f469\u200d\U0001f467"
    line = text_header("Subject", " ".join([family] * 6))
    words = [str(make_header(decode_header(w[0].decode()))) for w in ENCODED_WORD.finditer(line)]
    assert len(words) > 1
    assert sum(word.count(family) for word in words) == 6


def test_list_unsubscribe_is_folded_at_blanks_and_never_encoded() -> None:
    value = f"<https://u.example.com/{'a' * 120}>, <mailto:u@example.com?subject=unsubscribe>"
    line = token_header("List-Unsubscribe", value)
    assert line.replace(b"\r\n ", b" ") == f"List-Unsubscribe: {value}\r\n".encode()


def test_a_full_width_at_sign_does_not_smuggle_an_address_into_a_name() -> None:
    with pytest.raises(HeaderRefused) as refused:
        checked_display_name("boss\uff20bank.example")
    assert refused.value.reason == "address_in_name"


@pytest.mark.parametrize("name", ["Bcc", "List-Unsubscribe", "Content-Type", "Sender"])
def test_members_can_not_set_headers_that_have_an_owner(name: str) -> None:
    with pytest.raises(HeaderRefused) as refused:
        checked_custom_header(name, "x")
    assert refused.value.reason == "name_not_allowed"
