"""The table of replies, line by line."""

import pytest

from mailwire.outcomes import Kind, Mark, Stage, outcome_of

LATER, ADDRESS, US = Kind.TRY_LATER, Kind.REFUSED_ADDRESS, Kind.REFUSED_US


@pytest.mark.parametrize(
    ("code", "text", "stage", "kind", "mark"),
    [
        (250, "2.0.0 queued", Stage.BODY, Kind.ACCEPTED, Mark.NONE),
        (421, "4.3.2 closing", Stage.RCPT, LATER, Mark.NONE),
        (450, "4.2.0 greylisted", Stage.RCPT, LATER, Mark.NONE),
        (451, "4.7.1 Greylisting in action", Stage.RCPT, LATER, Mark.NONE),
        (452, "4.2.2 mailbox full", Stage.RCPT, LATER, Mark.SOFT),
        (552, "5.2.2 over quota", Stage.RCPT, LATER, Mark.SOFT),
        (450, "5.1.1 no such user", Stage.RCPT, LATER, Mark.NONE),
        (550, "5.1.1 no such user", Stage.RCPT, ADDRESS, Mark.HARD),
        (550, "5.1.10 null MX", Stage.RCPT, ADDRESS, Mark.HARD),
        (550, "4.1.1 no such user", Stage.RCPT, ADDRESS, Mark.SOFT),
        (550, "5.2.1 disabled", Stage.RCPT, ADDRESS, Mark.DISABLED),
        (552, "5.3.4 too large", Stage.BODY, US, Mark.NONE),
        (550, "5.4.1 no route", Stage.RCPT, LATER, Mark.SOFT),
        (554, "5.6.0 bad content", Stage.BODY, US, Mark.NONE),
        (550, "5.7.515 not authenticated", Stage.BODY, US, Mark.NONE),
        (550, "5.1.8 bad sender domain", Stage.RCPT, US, Mark.NONE),
        (550, "5.1.1 whoever", Stage.MAIL, US, Mark.NONE),
        (554, "no SMTP service here", Stage.CONNECT, US, Mark.NONE),
        (550, "User unknown", Stage.RCPT, ADDRESS, Mark.HARD),
        (550, "5.5.0 mailbox unavailable", Stage.RCPT, ADDRESS, Mark.HARD),
        (550, "mailbox unavailable, listed as spam source", Stage.RCPT, US, Mark.NONE),
        (550, "go away", Stage.RCPT, ADDRESS, Mark.SOFT),
        (-1, "gibberish", Stage.BODY, Kind.UNKNOWN, Mark.NONE),
        (-1, "gibberish", Stage.RCPT, LATER, Mark.NONE),
    ],
)
def test_reply(code: int, text: str, stage: Stage, kind: Kind, mark: Mark) -> None:
    outcome = outcome_of(code, text, stage)
    assert (outcome.kind, outcome.mark) == (kind, mark)


def test_a_limit_on_our_rate_slows_us_down_and_grey_listing_does_not() -> None:
    assert outcome_of(450, "4.7.28 rate limit", Stage.RCPT).slowly
    assert not outcome_of(451, "4.7.1 greylisted, try again", Stage.RCPT).slowly
