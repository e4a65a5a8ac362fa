"""What an outcome means for the recipient: pure functions, the retry plan among them.

Trying again: 10 min, 30 min, 1 h, 2 h, then every 4 h (RFC 6647, 5321); a campaign's mail for 72
hours, a consent request or a broken way for 24. Then it has failed, with the last words heard.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.recipients.moving import Became, Change
from campaigns.sending.loading import Handed
from mailwire.outcomes import Kind, Mark, Outcome, Stage

LIFE = {"mail": timedelta(hours=72), "request": timedelta(hours=24)}
ROUTING_LIFE = timedelta(hours=24)
_FIRST_DELAYS = [timedelta(minutes=minutes) for minutes in (10, 30, 60, 120)]
_LATER_DELAY = timedelta(hours=4)
_SLOW_DELAY = timedelta(minutes=30)
_LOGIN_REFUSED = {530, 534, 535, 538}
_BEFORE_RECIPIENT = {Stage.CONNECT, Stage.HELLO, Stage.MAIL}


# Not `frozen`, like an Outcome: one for each mail.
@dataclass(slots=True, kw_only=True)
class Result:
    """How one hand-over ended."""

    person: Handed
    outcome: Outcome
    at: datetime
    opens: bool = False
    clicks: bool = False
    message_id: str = ""

    @property
    def is_away(self) -> bool:
        """The server does not answer: nothing was tried, nothing is to be written down."""
        outcome = self.outcome
        return outcome.kind is Kind.TRY_LATER and (
            outcome.stage in {Stage.CONNECT, Stage.HELLO}
            or (outcome.stage is Stage.MAIL and outcome.code in {0, 421})
        )

    @property
    def is_bounce(self) -> bool:
        """No such address, said at RCPT or later: the address is suppressed."""
        return self.outcome.mark is Mark.HARD and self.outcome.stage not in _BEFORE_RECIPIENT

    @property
    def reply(self) -> str:
        """The server's words, with the code unless they begin with it."""
        return words_of(self.outcome)


def words_of(outcome: Outcome) -> str:
    """A server's words as they are kept and shown."""
    code = str(outcome.code) if outcome.code else ""
    return (outcome.text if outcome.text.startswith(code) else f"{code} {outcome.text}")[:500]


def why_refused(outcome: Outcome) -> str:
    """Why a campaign pauses by itself, for people, with the server's words."""
    words, said = words_of(outcome), outcome.text.casefold()
    if outcome.code in _LOGIN_REFUSED:
        return f"The mail server does not accept the user name or password: {words}"
    if outcome.stage is Stage.CONNECT and "unknown" in said:
        return f"The mail server can not be found: {words}"
    if "certificate" in said or "tls" in said:
        return f"No safe connection to the mail server: {words}"
    return f"The mail server refuses our mails: {words}"


def delay_after(attempts: int, *, slowly: bool) -> timedelta:
    """How long to wait after this many attempts."""
    delay = _FIRST_DELAYS[attempts - 1] if attempts <= len(_FIRST_DELAYS) else _LATER_DELAY
    return max(delay, _SLOW_DELAY) if slowly else delay


def is_life_over(attempts: int, kind: str, *, is_routing: bool = False) -> bool:
    """After this many attempts the plan has run for the mail's whole life.

    Where the way to the server is broken (x.4.x) a day is enough.
    """
    spent = sum((delay_after(n, slowly=False) for n in range(1, attempts + 1)), timedelta())
    return spent > (min(LIFE[kind], ROUTING_LIFE) if is_routing else LIFE[kind])


def due_after(result: Result, kind: str) -> datetime | None:
    """When to try again; None when this outcome is no reason to, or the life is over."""
    attempts = result.person.attempts + 1
    outcome = result.outcome
    if outcome.kind is not Kind.TRY_LATER:
        return None
    if is_life_over(attempts, kind, is_routing=outcome.is_routing):
        return None
    return result.at + delay_after(attempts, slowly=outcome.slowly)


def became(result: Result, kind: str) -> Became:
    """The recipient's side of an outcome that is not `is_away`."""
    if result.outcome.kind is Kind.ACCEPTED:
        return Became.SENT
    if result.outcome.kind is Kind.UNKNOWN:
        return Became.UNKNOWN
    return Became.RETRY if due_after(result, kind) else Became.FAILED


def change_of(result: Result, kind: str) -> Change:
    """The change that `moving.mark` writes."""
    if result.outcome.kind is Kind.ACCEPTED:
        return Change(
            contact_id=result.person.contact_id,
            became=Became.SENT,
            reply=result.reply,
            measured_opens=result.opens,
            measured_clicks=result.clicks,
        )
    what = became(result, kind)
    arrived = what is Became.UNKNOWN
    return Change(
        contact_id=result.person.contact_id,
        became=what,
        reply=result.reply,
        due_at=due_after(result, kind),
        measured_opens=result.opens and arrived,
        measured_clicks=result.clicks and arrived,
    )
