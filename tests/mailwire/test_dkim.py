"""DKIM signatures, verified by dkimpy, which shares no code with ours."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as rsa_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from hypothesis import given
from hypothesis import strategies as st

from mailwire.compiled import CompiledMail, CompiledText, Pattern
from mailwire.dkim import DkimKey, DkimSigner
from mailwire.fields import Field
from mailwire.quoting import is_relaxed, quoted
from tests.mailwire.test_message import MAIL

RSA = DkimKey("r2026", rsa_key(public_exponent=65537, key_size=2048))
ED25519 = DkimKey("e2026", Ed25519PrivateKey.generate())
SIGNER = DkimSigner("acme.example", [RSA, ED25519])
HTML = "<p>Hello  \t two   blanks</p>\n\n  indented \n" + "<p>Grüße. </p>\n" * 200 + "\n\n\n"
LONG = replace(MAIL, html=HTML, subject="Grüße und " * 20)
UNSUBSCRIBE = f"<https://u.acme.example/{'o' * 60}>, <mailto:u+{'t' * 60}@in.acme.example>"


def published(name: bytes, **_: object) -> bytes | None:
    """The domain's name server."""
    records = {f"{key.selector}._domainkey.acme.example.": key.record for key in (RSA, ED25519)}
    record = records.get(name.decode())
    return record.encode() if record else None


def verdicts(raw: bytes) -> list[bool]:
    """For each signature in its order whether it holds."""
    found = dkim.DKIM(raw)
    return [bool(found.verify(index, dnsfunc=published)) for index in range(2)]


def broken(raw: bytes) -> list[bool]:
    """The same, where an unreadable or wrong signature does not hold."""
    try:
        return verdicts(raw)
    except dkim.DKIMException:
        return [False, False]


def test_both_signatures_of_a_mail_hold() -> None:
    for mail in (MAIL, LONG, replace(MAIL, html=""), replace(MAIL, reply_to="", headers=())):
        signed = SIGNER.signed(mail.as_bytes())
        assert signed.endswith(mail.as_bytes())
        assert verdicts(signed) == [True, True]
        assert all(len(line) <= 78 for line in signed.split(b"\r\n"))


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(alphabet=" \t\n.a="))
def test_signatures_hold_whatever_the_text_is(text: str, blanks: str) -> None:
    signer = DkimSigner("acme.example", [ED25519])
    signed = signer.signed(replace(MAIL, text=text + blanks, html=blanks + text).as_bytes())
    assert dkim.DKIM(signed).verify(dnsfunc=published)


@given(st.text(alphabet="\t .aF="), st.text(alphabet=" \t\n.a=ü"), st.text(alphabet=" \t\n.a<"))
def test_a_body_known_to_be_relaxed_is_so_whatever_is_merged(
    literal: str, value: str, html: str
) -> None:
    """A wrong belief would break the signature of every mail of a campaign."""
    made = CompiledText([html, Field("token", is_html=True), html])
    pattern = Pattern(
        from_address="news@acme.example",
        subject=["Hello"],
        text=[literal, Field("name"), literal],
        html=["<p>", Field("name"), Field("part", is_html=True), "</p>", literal],
    )
    compiled = CompiledMail(pattern)
    values = {"name": value, "part": made.fill({"token": value})}
    raw = compiled.bytes_for(
        "ana@people.example", values, message_id="<1@acme.example>", sent_at=datetime.now(UTC)
    )
    assert compiled.is_relaxed is is_relaxed(quoted(literal) + b"\r\n")
    signer = DkimSigner("acme.example", [ED25519])
    signed = signer.signed(raw, is_relaxed=compiled.is_relaxed)
    assert dkim.DKIM(signed).verify(dnsfunc=published)


def test_what_a_relay_may_do_to_blanks_breaks_nothing() -> None:
    """Relaxed: a server folds a header anew, another drops blanks at the end of lines."""
    pairs = (("List-Unsubscribe", UNSUBSCRIBE),)
    signed = SIGNER.signed(replace(LONG, headers=pairs).as_bytes())
    refolded = signed.replace(b">, <mailto", b">,\r\n\t <mailto").replace(b">,\r\n <", b">,  <")
    assert verdicts(refolded) == [True, True]
    assert verdicts(signed + b"\r\n\r\n") == [True, True]


CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "a word of the folded List-Unsubscribe": lambda raw: raw.replace(b"in.acme", b"in.evil"),
    "another From": lambda raw: b"From: boss@acme.example\r\n" + raw,
    "another Subject": lambda raw: b"Subject: Pay now\r\n" + raw,
    "a Reply-To where there was none": lambda raw: b"Reply-To: x@evil.example\r\n" + raw,
    "another one-click address": lambda raw: b"List-Unsubscribe: <https://e.example>\r\n" + raw,
    "one click taken away": lambda raw: raw.replace(b"List-Unsubscribe-Post: ", b"X-Was: "),
    "the body": lambda raw: raw.replace(b"Hello", b"Hallo"),
    "more behind the end": lambda raw: raw + b"more\r\n",
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_on_the_way_is_noticed(change: Callable[[bytes], bytes]) -> None:
    pairs = (
        ("List-Unsubscribe", UNSUBSCRIBE),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    )
    signed = SIGNER.signed(replace(MAIL, reply_to="", headers=pairs).as_bytes())
    assert b">,\r\n <mailto" in signed
    changed = change(signed)
    assert changed != signed
    assert broken(changed) == [False, False]


def test_every_header_that_matters_is_named_and_once_more_than_it_occurs() -> None:
    signed = SIGNER.signed(MAIL.as_bytes())
    found = re.search(rb"h=([^;]+);", signed)
    assert found is not None
    names = re.sub(rb"\s", b"", found[1]).decode().split(":")
    for name in ["from", "to", "subject", "date", "message-id", "reply-to", "mime-version"]:
        assert names.count(name) == 2
    for name in ["content-type", "list-unsubscribe", "list-unsubscribe-post"]:
        assert names.count(name) == 2
    assert {"list-id", "feedback-id"} <= set(names)
    assert b"l=" not in re.sub(rb"h=[^;]+;|b=[^;]+|bh=[^;]+;", b"", signed.partition(b"From:")[0])


def test_threads_share_a_signer() -> None:
    raws = [replace(MAIL, message_id=f"<{at}@acme.example>").as_bytes() for at in range(40)]
    with ThreadPoolExecutor(4) as pool:
        assert all(verdicts(signed) == [True, True] for signed in pool.map(SIGNER.signed, raws))


def test_keys_come_from_pem_and_poor_ones_are_refused() -> None:
    def pem(private: Any) -> bytes:
        return bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))

    short = rsa_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to see it refused
    assert DkimKey.from_pem("s", pem(RSA.private)).record == RSA.record
    assert DkimKey.from_pem("s", pem(ED25519.private)).algorithm == "ed25519-sha256"
    with pytest.raises(ValueError, match="too short"):
        DkimKey.from_pem("s", pem(short))
    with pytest.raises(ValueError, match="RSA and Ed25519"):
        DkimKey.from_pem("s", pem(generate_private_key(SECP256R1())))
    with pytest.raises(ValueError):
        DkimKey.from_pem("s", b"nothing")
    with pytest.raises(ValueError, match="Not a domain"):
        DkimSigner("acme.example; l=0", [RSA])
