"""Whole messages: any text comes back, and nothing breaks the line rules."""

import quopri
import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailwire.headers import HeaderRefused
from mailwire.message import Mail, verp
from mailwire.quoting import SOFT_BREAK, quoted

MAIL = Mail(
    from_address="news@mail.acme.example",
    from_name="Acme, Bikes",
    to_address="ana@example.com",
    subject='Tom & "Jé"',
    message_id="<c7.r9001.1@mail.acme.example>",
    sent_at=datetime(2026, 11, 3, 10, tzinfo=UTC),
    text="Hello\n",
    html="<p>Hello</p>\n",
    reply_to="hello@acme.example",
    headers=(
        ("List-Id", '"Acme news" <news.t42.sender.example>'),
        ("List-Unsubscribe", "<https://u.acme.example/o/T>, <mailto:u+T@in.sender.example>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("Feedback-ID", "c7:t42:promo:sender01"),
        ("Precedence", "bulk"),
    ),
)
any_text = st.text(st.characters(exclude_categories=["Cs"])).map(
    lambda text: re.sub("\r\n?", "\n", text)
)


def content(part: Message) -> str:
    decoded = part.get_payload(decode=True)
    assert isinstance(decoded, bytes)
    return decoded.decode().replace("\r\n", "\n")


def parsed(mail: Mail) -> EmailMessage:
    found = message_from_bytes(mail.as_bytes(), policy=default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


@given(any_text)
def test_any_text_comes_back_from_quoted_printable_within_the_line_rules(text: str) -> None:
    encoded = quoted(text)
    for line in encoded.split(b"\r\n"):
        assert len(line) <= 76
        assert not line.startswith((b".", b"From "))
        assert not re.search(rb"[\r\n]|[ \t]$", line)
    assert quopri.decodestring(encoded).decode().replace("\r\n", "\n") == text
    assert quopri.decodestring(encoded + SOFT_BREAK + b"x") == quopri.decodestring(encoded) + b"x"


def test_a_mail_has_text_first_html_last_and_every_header_once() -> None:
    found = parsed(MAIL)
    assert [part.get_content_type() for part in found.iter_parts()] == ["text/plain", "text/html"]
    text, html = found.iter_parts()
    assert content(text) == "Hello\n"
    assert content(html) == "<p>Hello</p>\n"
    assert found["Subject"] == 'Tom & "Jé"'
    assert found["From"] == '"Acme, Bikes" <news@mail.acme.example>'
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["Date"] == "Tue, 03 Nov 2026 10:00:00 +0000"
    names = [name.lower() for name in found]
    assert len(names) == len(set(names))


def test_long_lines_lone_dots_and_dots_at_the_fold_survive() -> None:
    html = "x" * 74 + ".html\n.\n" + "y" * 5000 + "\n"
    raw = replace(MAIL, html=html).as_bytes()
    assert all(len(line) <= 78 for line in raw.split(b"\r\n"))
    assert not re.search(rb"(?m)^\.", raw)
    assert content(list(parsed(replace(MAIL, html=html)).iter_parts())[1]) == html


def test_the_same_mail_is_the_same_bytes_so_a_retry_is_the_same_message() -> None:
    assert MAIL.as_bytes() == replace(MAIL).as_bytes()


def test_text_that_looks_like_the_boundary_stays_text() -> None:
    boundary = parsed(MAIL).get_boundary()
    text = f"--{boundary}\n--{boundary}--\n"
    found = parsed(replace(MAIL, text=text))
    assert content(next(found.iter_parts())) == text


@pytest.mark.parametrize("name", ["Bcc", "From", "Content-Type", "DKIM-Signature", "Received"])
def test_headers_with_an_owner_are_refused(name: str) -> None:
    with pytest.raises(HeaderRefused):
        replace(MAIL, headers=((name, "x"),)).as_bytes()


def test_a_plain_mail_has_no_html_part() -> None:
    assert parsed(replace(MAIL, html="")).get_content_type() == "text/plain"


def test_an_envelope_sender_carries_its_token_in_lower_case_only() -> None:
    assert verp("t42.c7.r9001.abc", "bounce.example") == "b+t42.c7.r9001.abc@bounce.example"
    for token in ["", "A", "a=b", "a" * 64]:
        with pytest.raises(ValueError, match="envelope sender"):
            verp(token, "bounce.example")
