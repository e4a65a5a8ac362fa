"""Properties of the address reader beyond the listed cases, and of the address hash."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketing.audience.addresses import SENTENCES, BadAddress, read_address
from marketing.audience.hashing import address_hash

ADDRESSES = st.one_of(
    st.emails(),
    st.text(max_size=20).map(lambda local: f"{local}@example.com"),
    st.text(max_size=20).map(lambda domain: f"ana@{domain}.example"),
    st.text(max_size=40),
)


@given(ADDRESSES)
def test_any_text_is_an_address_or_refused_with_a_known_reason(text: str) -> None:
    reason = None
    try:
        address = read_address(text)
    except BadAddress as refused:
        reason = refused.reason
    if reason is not None:
        assert reason in SENTENCES
        return
    assert "\n" not in address.send_to
    assert "\r" not in address.send_to
    assert address.send_to.rpartition("@")[2].isascii()


@given(ADDRESSES)
def test_an_accepted_address_reads_the_same_again(text: str) -> None:
    try:
        address = read_address(text)
    except BadAddress:
        return
    again = read_address(address.send_to)
    assert (again.send_to, again.key) == (address.send_to, address.key)
    assert read_address(address.key).key == address.key


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("anna.schmidt@", "The part after the @ sign is missing."),
        ("info@@markt.example", "There is more than one @ sign."),
        ("", "No email address."),
        (
            "jan.novak@mail,example",
            "A comma instead of a dot. Did you mean jan.novak@mail.example?",
        ),
        ("an na@example.com", "There is a blank inside the address."),
    ],
)
def test_common_slips_get_their_own_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(BadAddress) as refused:
        read_address(typed)
    assert refused.value.text == sentence


def test_hash_is_keyed_and_the_same_for_every_way_to_type_an_address() -> None:
    hashes = {
        address_hash(read_address(text).key) for text in ("Ana@Example.com", " ana@example.com ")
    }
    assert len(hashes) == 1
    assert len(hashes.pop()) == 32
    assert address_hash("ana@example.com") != address_hash("ana@example.org")


@pytest.mark.parametrize("piece", [" ", '\\"', '"', "@", ".", "(", "δ", "a@b "])
def test_a_text_of_a_megabyte_is_refused_at_once(piece: str) -> None:
    began = time.thread_time()
    with pytest.raises(BadAddress):
        read_address(f'"a{piece * 500_000}b')
    assert time.thread_time() - began < 0.5
