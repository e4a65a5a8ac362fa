"""headers.json: what may be typed in a header field, and how it reads after decoding."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from campaigns.composing.merging import subject_template
from mailwire.headers import (
    HeaderRefused,
    checked_custom_header,
    checked_display_name,
    checked_reply_to,
    checked_subject,
)
from mailwire.message import Mail
from tests.cases.files import cases_of
from tests.mailwire.test_headers import assert_well_written, decoded, display_name_of

MAIL = Mail(
    from_address="news@example.com",
    to_address="ana@example.com",
    subject="Hello",
    message_id="<c1.r1@example.com>",
    sent_at=datetime(2026, 11, 3, 10, tzinfo=UTC),
    text="Hello",
    html="<p>Hello</p>",
)


def mail_with(field: str, value: Any, contact: dict[str, str] | None) -> Mail:
    """The mail a member gets who typed this value in this field."""
    match field:
        case "subject":
            return replace(MAIL, subject=checked_subject(value))
        case "merged_subject":
            return replace(MAIL, subject=subject_template(value).render({"contact": contact}))
        case "display_name":
            return replace(MAIL, from_name=checked_display_name(value))
        case "reply_to":
            return replace(MAIL, reply_to=checked_reply_to(value))
    return replace(MAIL, headers=(checked_custom_header(*value),))


def read_back(field: str, raw: bytes, case: dict[str, Any]) -> Any:
    """The value as it reads, from the raw line; the header must be there exactly once."""
    name = {"display_name": "From", "reply_to": "Reply-To"}.get(field, "Subject")
    if field == "custom_header":
        name = case["input"][0]
    parsed = message_from_bytes(raw, policy=default)
    found = parsed.get_all(name, [])
    if field == "reply_to" and not found:
        return ""
    assert len(found) == 1
    assert len(parsed.get_all("Subject", [])) == len(parsed.get_all("From", [])) == 1
    assert len(parsed.get_all("Reply-To", [])) <= 1
    assert not parsed.get_all("Bcc")
    if field == "reply_to":
        (mailbox,) = found[0].addresses
        return mailbox.addr_spec
    line = raw[raw.index(f"{name}: ".encode()) :]
    end = next(at for at in range(len(line)) if line[at : at + 2] == b"\r\n" and line[at + 2] != 32)
    assert_well_written(line[: end + 2])
    if field == "display_name":
        assert len(found[0].addresses) == 1
        return display_name_of(line[: end + 2])
    value = decoded(line[: end + 2])
    return [name, value] if field == "custom_header" else value


@pytest.mark.parametrize("case", cases_of("headers.json"))
def test_header(case: dict[str, Any]) -> None:
    reason = None
    try:
        raw = mail_with(case["field"], case["input"], case.get("contact")).as_bytes()
    except HeaderRefused as refused:
        raw, reason = b"", refused.reason
    if not raw:
        assert case["verdict"] in {"reject", "accept_or_reject"}
        assert reason == case["reason"]
        return
    assert case["verdict"] != "reject"
    assert read_back(case["field"], raw, case) == case["expected_decoded"]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert raw.isascii()
