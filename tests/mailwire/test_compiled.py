"""Compiled mails: a person's values, whatever they are, come out where they belong."""

import re
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwire.compiled import CompiledMail, CompiledText, Pattern
from mailwire.fields import Field, fields
from mailwire.headers import HeaderRefused
from mailwire.message import Mail
from tests.mailwire.test_message import any_text, content

SENT_AT = datetime(2026, 11, 3, 10, tzinfo=UTC)
LEAVE = "<https://u.acme.example/o/{{ token }}>, <mailto:u+{{ token }}@in.acme.example>"
PATTERN = Pattern(
    from_address="news@acme.example",
    from_name="Acme, Bikes",
    to_name=fields("{{ name }}"),
    subject=fields("For {{ name }}: new bikes"),
    text=fields("Hello {{ name }}!\n{{ name }}{{ token }}\n.{{ token }}.\n"),
    html=[*fields("<p>{{ name }}</p>"), Field("part", is_html=True)],
    headers=(("List-Unsubscribe", fields(LEAVE)), ("X-Who", fields("it is {{ name }}"))),
)
MAIL = CompiledMail(PATTERN)


def bytes_for(**values: Any) -> bytes:
    told = {"name": "Ana", "token": "T0ken_-", "part": "<hr>"} | values
    return MAIL.bytes_for("ana@example.com", told, message_id="<1@acme.example>", sent_at=SENT_AT)


def parsed(raw: bytes) -> EmailMessage:
    found = message_from_bytes(raw, policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


@given(any_text, st.text(st.characters(codec="utf-8"), max_size=40))
def test_any_value_comes_back_and_ends_no_line(name: str, part: str) -> None:
    raw = bytes_for(name=name, part=part)
    assert raw.isascii()
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n|(?m:^\.)", raw)
    head, _, body = raw.partition(b"\r\n\r\n")
    assert all(len(line) <= 998 for line in head.split(b"\r\n"))
    assert all(len(line) <= 78 for line in body.split(b"\r\n"))
    found = parsed(raw)
    assert len(found.keys()) == 9
    text, html = found.iter_parts()
    assert content(text) == f"Hello {name}!\n{name}T0ken_-\n.T0ken_-.\n"
    assert content(html) == re.sub("\r\n?", "\n", f"<p>{escape(name)}</p>{part}")


def test_one_mail_alone_and_a_compiled_one_are_the_same() -> None:
    values = {"name": "Jürgen <x>", "token": "abc", "part": "<b>.</b>"}
    alone = Mail(
        from_address=PATTERN.from_address,
        from_name=PATTERN.from_name,
        to_address="ana@example.com",
        to_name="Jürgen <x>",
        subject="For Jürgen <x>: new bikes",
        message_id="<1@acme.example>",
        sent_at=SENT_AT,
        text="Hello Jürgen <x>!\nJürgen <x>abc\n.abc.\n",
        html="<p>Jürgen &lt;x&gt;</p><b>.</b>",
        headers=(
            ("List-Unsubscribe", LEAVE.replace("{{ token }}", "abc")),
            ("X-Who", "it is Jürgen <x>"),
        ),
    )
    one, other = parsed(alone.as_bytes()), parsed(bytes_for(**values))
    for name in set(one) - {"Content-Type"}:
        assert one[name] == other[name], name
    for mine, compiled in zip(one.iter_parts(), other.iter_parts(), strict=True):
        assert content(mine) == content(compiled)


def test_a_value_can_not_begin_a_header() -> None:
    found = parsed(bytes_for(name="x\r\nBcc: all@example.com\r\n\r\nHello"))
    assert "Bcc" not in found
    assert found["Subject"] == "For x Bcc: all@example.com Hello: new bikes"
    for token in ["a b", "a\r\nBcc: x", "ü", ""]:
        with pytest.raises(HeaderRefused):
            bytes_for(token=token)


def test_a_piece_made_before_is_a_value_as_it_is() -> None:
    piece = CompiledText(fields("<i>{{ token }}=</i>\n."))
    found = parsed(bytes_for(part=piece.fill({"token": "<1>"})))
    assert content(list(found.iter_parts())[1]) == "<p>Ana</p><i><1>=</i>\n."


def test_what_was_typed_wrongly_is_refused_once_for_all() -> None:
    wrong: list[dict[str, Any]] = [
        {"subject": ["Sale\r\nBcc: x@example.com"]},
        {"from_name": "A\nB"},
        {"from_address": "a@b, c@d"},
        {"headers": (("Bcc", ["x@example.com"]),)},
        {"headers": (("X-A", ["1"]), ("x-a", ["2"]))},
        {"headers": (("List-Id", ["caf\u00e9 {{ token }}"]),)},
    ]
    for change in wrong:
        pattern = Pattern(**({"from_address": "a@b.example", "subject": [""], "text": []} | change))
        with pytest.raises(HeaderRefused):
            CompiledMail(pattern)


def test_a_mail_needs_its_name_its_values_and_a_time_with_zone() -> None:
    with pytest.raises(KeyError):
        MAIL.bytes_for("a@b.example", {}, message_id="<1@b.example>", sent_at=SENT_AT)
    plain = CompiledMail(Pattern(from_address="a@b.example", subject=["S"], text=["T"]))
    with pytest.raises(HeaderRefused):
        plain.bytes_for("a@b.example", {}, message_id="1@b.example", sent_at=SENT_AT)
    with pytest.raises(ValueError, match="zone"):
        plain.bytes_for(
            "a@b.example", {}, message_id="<1@b.example>", sent_at=SENT_AT.replace(tzinfo=None)
        )
    elsewhere = SENT_AT.astimezone(timezone(timedelta(hours=2)))
    for at, shown in [(SENT_AT, "10:00:00 +0000"), (elsewhere, "12:00:00 +0200")]:
        raw = plain.bytes_for("a@b.example", {}, message_id="<1@b.example>", sent_at=at)
        assert parsed(raw)["Date"].endswith(shown)
