"""The words of a recipient's line: status with its reason, received, opened, clicked, consent.

A dash means measured and nothing seen, or not sent at all; "Not measured" means that the person
had not allowed it; "Proxy only", "Not sure" and "Machine only" that nobody counts for what came.
"""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from campaigns.launching.showing.moments import day, moment
from campaigns.recipients.reasons import label
from campaigns.recipients.states import State
from marketing.models import Contact, Standing, Suppression
from tracking.statistics.listing import Row

DASH = "–"
NOT_MEASURED = "Not measured"
PROXY_ONLY = "Proxy only"
MACHINE_ONLY = "Machine only"
UNSURE_ONLY = "Not sure"
# Reasons said in another form when the date is known.
_DATED = {"asked_no_answer": "Asked {}, no answer"}
_PLAIN = {
    State.UNKNOWN: "The line broke before the reply",
    State.STOPPED: "Stopped before their turn",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table."""

    contact_id: int
    title: str
    address: str
    state: State
    detail: str
    received: str
    opened: str
    clicked: str
    clicked_at: str
    consent: str

    @property
    def is_opened_unmeasured(self) -> bool:
        """Shown grey."""
        return self.opened == NOT_MEASURED

    @property
    def is_clicked_unmeasured(self) -> bool:
        """Shown grey."""
        return self.clicked == NOT_MEASURED


def line_of(row: Row, *, zone: str) -> Line:
    """The words for one recipient, times in the account's zone."""
    return Line(
        contact_id=row.contact_id,
        title=row.title,
        address=row.address if row.name else "",
        state=row.state,
        detail=detail_of(row, zone=zone),
        received=_received(row, zone),
        opened=_opened(row, zone),
        clicked=_clicked(row),
        clicked_at=brief(row.clicked_first_at, zone),
        consent=consent_of(row, zone=zone),
    )


def detail_of(row: Row, *, zone: str) -> str:
    """What stands below the status: the reason, and the server's own words."""
    match row.state:
        case State.SENT:
            return _how_sent(row)
        case State.QUEUED if row.trouble == "retry":
            return _tries_again("Tries again", row.due_at, row.reply, zone=zone)
        case State.PENDING_CONSENT if row.request_state == "open" and row.request_reply:
            return _tries_again("Request tries again", row.due_at, row.request_reply, zone=zone)
        case State.PENDING_CONSENT:
            return f"Asked {brief(row.asked_at, zone)}" if row.asked_at else "Request not sent yet"
        case State.NEVER_SENT:
            return dated_reason(row.reason, row.reason_at, zone=zone)
        case State.FAILED:
            return _quoted(row.reply or row.request_reply) or "Refused for good"
    return _PLAIN.get(row.state, "")


def _tries_again(who: str, at: datetime | None, reply: str, *, zone: str) -> str:
    """When, and why in the server's own words: "Tries again at 14:20, because: ..." """
    when = brief(at, zone)
    said = when.replace("today ", "at ", 1) if when.startswith("today ") else when
    return f"{who} {said}".strip() + _quoted(reply, ", because: ")


def _how_sent(row: Row) -> str:
    if row.settled_by_id:
        return "Counted as sent by a member"
    return "Sent after the answer" if row.released_at else ""


def dated_reason(code: str, at: datetime | None, *, zone: str) -> str:
    """ "Unsubscribed 30 Sep 2026", "Asked 2 Jun 2026, no answer"; the label where no date is."""
    if at is None:
        return label(code)
    if code == "no_answer_in_time":
        return f"{label(code)}, {day(at, zone)}"
    return _DATED.get(code, f"{label(code)} {{}}").format(day(at, zone))


def consent_of(row: Row, *, zone: str) -> str:
    """What the person said last, in a few words."""
    if row.newsletter:
        said = str(Standing.Newsletter(row.newsletter).label)
        return f"{said} {day(row.newsletter_at, zone)}".strip()
    if row.suppressed:
        return f"{Suppression.Reason(row.suppressed).label} {day(row.suppressed_at, zone)}".strip()
    if row.asked_at:
        return "No answer yet" if row.state == State.PENDING_CONSENT else "No answer"
    return str(Contact.Basis(row.basis).label) if row.basis else "Not asked yet"


def brief(at: datetime | None, zone: str) -> str:
    """A moment as narrow columns show it: without the year while it is this one."""
    if at is None:
        return ""
    now = timezone.now().astimezone(ZoneInfo(zone))
    return moment(at, zone).replace(f" {now.year},", ",")


def nobodys_opens(row: Row) -> str:
    """Who loaded the picture where no person did, "" where nothing did."""
    if row.opens_proxy:
        return PROXY_ONLY
    return _nobodys(unsure=row.opens_unknown, machines=row.opens_machine)


def nobodys_clicks(row: Row) -> str:
    """Who followed links where no person did, "" where nothing did."""
    return _nobodys(unsure=row.clicks_unknown, machines=row.clicks_machine)


def _nobodys(*, unsure: int, machines: int) -> str:
    return UNSURE_ONLY if unsure else MACHINE_ONLY if machines else ""


def _received(row: Row, zone: str) -> str:
    if row.sent_at:
        return brief(row.sent_at, zone)
    if row.state == State.UNKNOWN:
        return f"{brief(row.trouble_at, zone)}?"
    return DASH


def _opened(row: Row, zone: str) -> str:
    if row.opens:
        return brief(row.opened_first_at, zone)
    return nobodys_opens(row) or _nothing(row, is_measured=row.is_measured_opens)


def _clicked(row: Row) -> str:
    if row.links:
        return "1 link" if row.links == 1 else f"{row.links} links"
    return nobodys_clicks(row) or _nothing(row, is_measured=row.is_measured_clicks)


def _nothing(row: Row, *, is_measured: bool) -> str:
    return NOT_MEASURED if row.state == State.SENT and not is_measured else DASH


def _quoted(reply: str, before: str = "") -> str:
    return f"{before}“{reply}”" if reply else ""
