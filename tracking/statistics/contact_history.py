"""The campaigns one contact was looked at for, newest first: state, reason, when. For its page."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import connection

from campaigns.launching.showing.moments import day
from campaigns.recipients.reasons import REASONS, label
from campaigns.recipients.states import State, state_sql
from marketing.models import Contact
from tracking.statistics.wording import dated_reason

MOST: Final = 20
# Where the gate's reason does not answer "why did this person not get it?".
_SENTENCES: Final = {
    State.STOPPED: REASONS["stopped"].sentence,
    State.UNKNOWN: "The line broke before the server answered.",
}

_OF_CONTACT: Final = f"""
SELECT k.id, k.name, {state_sql(stopped="(k.state = 'stopped')")},
    coalesce(r.closed_reason, r.reason),
    CASE WHEN r.closed_reason IS NULL THEN r.reason_at ELSE r.closed_at END,
    coalesce(r.sent_at, r.closed_at, r.trouble_at, r.prepared_at), r.reply
FROM recipient r
JOIN campaign k ON k.account_id = r.account_id AND k.id = r.campaign_id
WHERE r.account_id = %s AND r.contact_id = %s
ORDER BY r.campaign_id DESC LIMIT {MOST + 1}"""


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign of one contact."""

    campaign_id: int
    name: str
    state: State
    why: str
    when: str


def campaigns_of(contact: Contact, *, zone: str) -> list[Line]:
    """The newest MOST + 1 campaigns this contact was a recipient of, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_CONTACT, [contact.account_id, contact.pk])
        return [
            Line(pk, name, State(state), _why(State(state), reason, at, reply, zone), day(on, zone))
            for pk, name, state, reason, at, on, reply in cursor.fetchall()
        ]


def _why(state: State, reason: str, at: datetime | None, reply: str, zone: str) -> str:
    if state in (State.FAILED, State.UNKNOWN) and reply:
        return f"The server said: “{reply}”"
    if state == State.NEVER_SENT:
        return dated_reason(reason, at, zone=zone)
    if state in _SENTENCES:
        return _SENTENCES[state]
    return label(reason)
