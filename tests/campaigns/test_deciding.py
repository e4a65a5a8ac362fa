"""What a reply means for the recipient: when to try again, and when it is over."""

from datetime import UTC, datetime, timedelta

import pytest

from campaigns.recipients.moving import Became
from campaigns.sending.deciding import Result, became, change_of, due_after
from campaigns.sending.loading import Handed
from mailwire.outcomes import Stage, broken_line, outcome_of

NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)


def result_of(code: int, text: str, *, stage: Stage = Stage.RCPT, attempts: int = 0) -> Result:
    person = Handed(
        account_id=1,
        campaign_id=2,
        contact_id=3,
        address="ana@example.test",
        address_hash=b"",
        opens=False,
        clicks=False,
        attempts=attempts,
        values={},
        verdict_at=0.0,
    )
    return Result(person=person, outcome=outcome_of(code, text, stage), at=NOW)


@pytest.mark.parametrize(
    ("code", "text", "attempts", "minutes"),
    [
        (450, "4.2.0 greylisted", 0, 10),
        (451, "4.3.0 later", 1, 30),
        (451, "4.3.0 later", 2, 60),
        (451, "4.3.0 later", 3, 120),
        (451, "4.3.0 later", 4, 240),
        (421, "4.3.2 busy", 0, 30),
        (450, "4.7.28 rate limit", 0, 30),
        (452, "4.5.3 too many recipients", 0, 10),
        (552, "5.2.2 mailbox full", 0, 10),
        (550, "5.4.1 no route", 0, 30),
    ],
)
def test_a_reply_that_may_change_is_tried_again(
    code: int, text: str, attempts: int, minutes: int
) -> None:
    result = result_of(code, text, attempts=attempts)
    assert became(result, "mail") is Became.RETRY
    assert due_after(result, "mail") == NOW + timedelta(minutes=minutes)
    assert change_of(result, "mail").reply == f"{code} {text}"


@pytest.mark.parametrize(
    ("text", "kind", "last"),
    [
        ("4.3.0 later", "mail", 21),  # 72 hours
        ("4.3.0 later", "request", 9),  # 24 hours
        ("4.4.1 no route", "mail", 9),  # a broken way: 24 hours
    ],
)
def test_the_life_of_a_mail_ends_with_the_last_reply(text: str, kind: str, last: int) -> None:
    assert became(result_of(451, text, attempts=last - 1), kind) is Became.RETRY
    over = result_of(451, text, attempts=last)
    assert became(over, kind) is Became.FAILED
    assert change_of(over, kind).reply == f"451 {text}"
    assert not over.is_bounce


@pytest.mark.parametrize(
    ("code", "text", "is_bounce"),
    [
        (550, "5.1.1 nobody here", True),
        (553, "5.1.3 bad syntax", True),
        (550, "5.7.1 blocked by policy", False),
        (552, "5.3.4 too large", False),
        (550, "5.2.1 disabled", False),
        (550, "4.1.1 odd", False),
        (550, "go away", False),
    ],
)
def test_a_final_reply_fails_and_only_a_missing_address_is_suppressed(
    code: int, text: str, is_bounce: bool
) -> None:
    result = result_of(code, text)
    assert became(result, "mail") is Became.FAILED
    assert result.is_bounce is is_bounce


def test_a_line_broken_after_the_body_is_unknown_and_never_due() -> None:
    person = result_of(250, "").person
    outcome = broken_line(Stage.BODY, body_on_the_wire=True, text="The line broke")
    result = Result(person=person, outcome=outcome, at=NOW)
    assert became(result, "mail") is Became.UNKNOWN
    assert due_after(result, "mail") is None


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.HELLO, Stage.MAIL])
def test_a_server_that_is_away_is_nobodys_attempt(stage: Stage) -> None:
    person = result_of(250, "").person
    outcome = broken_line(stage, body_on_the_wire=False)
    assert Result(person=person, outcome=outcome, at=NOW).is_away
