"""The page in the ZIP of a person's data: the same as the JSON, in the person's own language.

Names and values are sentences of the catalogue; what the account or a server wrote stays as it is.
"""

from typing import Any, Final

from django.utils.translation import gettext

from consent.ledger.models import ConsentRecord
from consent.models import ConsentRequest
from marketing.models import Contact, Standing, Suppression

HEADINGS: Final = {
    "profile": "Who you are",
    "choices": "What you chose",
    "requests": "When you were asked",
    "records": "What was recorded of your answers",
    "newsletters": "Newsletters to you",
    "measured": "What was measured",
}
NOTHING: Final = "Nothing."
NAMES: Final = {
    "address": "Address",
    "first_name": "First name",
    "last_name": "Last name",
    "country": "Country",
    "language": "Language",
    "reason_to_write": "Reason to write to you",
    "known_from": "Where your address comes from",
    "told": "Where your address comes from",
    "known_since": "Known since",
    "newsletter": "Newsletter",
    "newsletter_since": "Newsletter, since",
    "tracking": "Measuring",
    "tracking_since": "Measuring, since",
    "blocked": "Blocked",
    "blocked_since": "Blocked since",
    "state": "State",
    "campaign": "Campaign",
    "asked_at": "Asked on",
    "answered_at": "Answered on",
    "message_id": "Number of the mail",
    "server_replied": "The receiving server replied",
    "record": "Record",
    "at": "When",
    "event": "What happened",
    "purpose": "About",
    "how": "How",
    "ip": "IP address",
    "agent": "Browser or program",
    "name": "Name as you typed it",
    "source": "Where from",
    "reply": "The receiving server replied",
    "proof": "Text you agreed to elsewhere",
    "subject": "Subject",
    "considered_at": "Prepared on",
    "sent_at": "Sent on",
    "kind": "What happened",
    "link": "Link",
    "judged": "Judged",
    "times": "How often",
    "network": "Network",
    "program": "Browser or program",
}
_MEASURED: Final = {
    "open": "Pictures loaded",
    "click": "Link pressed",
    "person": "By a person, we think",
    "machine": "By a machine, we think",
    "proxy": "By a mail provider",
    "unknown": "Unknown",
}
_CHOICES: Final = (
    *(ConsentRecord.Event, ConsentRecord.Purpose, ConsentRecord.Act, ConsentRequest.State),
    *(Standing.Newsletter, Standing.Tracking, Suppression.Reason, Contact.Basis),
)
_VALUES: Final = _MEASURED | {
    str(value): str(label) for kind in _CHOICES for value, label in kind.choices if value
}
_TRANSLATED: Final = frozenset(
    {
        *("reason_to_write", "newsletter", "tracking", "blocked", "state"),
        *("event", "purpose", "how", "kind", "judged"),
    }
)
# In the JSON only: the chained text, and the mail whose parts it holds.
_LEFT_OUT: Final = ("chained_text", "mail")
EVERY: Final = (*HEADINGS.values(), NOTHING, *NAMES.values(), *_VALUES.values())


def sections_of(data: dict[str, Any]) -> list[dict[str, Any]]:
    """(heading, groups of (name, value)) of `handing_out.data_of`, in the active language."""
    return [
        {"heading": gettext(heading), "groups": [_group(one) for one in _rows(data[key]) if one]}
        for key, heading in HEADINGS.items()
    ]


def _rows(found: Any) -> list[dict[str, Any]]:
    return found if isinstance(found, list) else [found]


def _group(row: dict[str, Any]) -> list[tuple[str, str]]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        flat |= value if isinstance(value, dict) else {name: value}
    return [
        (gettext(NAMES[name]) if name in NAMES else name, _value(name, value))
        for name, value in flat.items()
        if value and name not in _LEFT_OUT
    ]


def _value(name: str, value: Any) -> str:
    text = str(value)
    return gettext(_VALUES.get(text, text)) if name in _TRANSLATED else text
