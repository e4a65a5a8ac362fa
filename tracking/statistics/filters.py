"""Which recipients a URL asks for, and the SQL condition behind each filter.

Every number that counts people links to its filter here, so a number and its people cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from campaigns.recipients.reasons import NEVER_CODES
from campaigns.recipients.states import State, state_sql

# Aliases: r recipient, c contact, e engagement (both may be missing). `stopped` is a parameter.
STATE: Final = state_sql(stopped="%(stopped)s")
REASON: Final = "coalesce(r.closed_reason, r.reason)"
_SENT: Final = f"({STATE}) = 'sent'"
_NO_OPEN: Final = "coalesce(e.opens, 0) = 0 AND coalesce(e.opens_proxy, 0) = 0"
_NO_CLICK: Final = "coalesce(e.clicks, 0) = 0"

OPENED: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("By a person", "e.opens > 0"),
    "proxy": ("Proxy only", "e.opens = 0 AND e.opens_proxy > 0"),
    "none": ("Not opened", f"{_SENT} AND r.measured_opens AND {_NO_OPEN}"),
    "not_measured": ("Not measured", f"{_SENT} AND NOT r.measured_opens AND {_NO_OPEN}"),
    "measured": ("Measured", f"{_SENT} AND r.measured_opens"),
}
CLICKED: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("By a person", "e.clicks > 0"),
    "unseen": ("Without pictures", "e.clicks > 0 AND e.opens = 0"),
    "none": ("Not clicked", f"{_SENT} AND r.measured_clicks AND {_NO_CLICK}"),
    "not_measured": ("Not measured", f"{_SENT} AND NOT r.measured_clicks AND {_NO_CLICK}"),
    "measured": ("Measured", f"{_SENT} AND r.measured_clicks"),
}
# People who had the mail and then left by it; complaints likewise. One row per person.
LEFT: Final = """r.sent_at IS NOT NULL AND r.contact_id IN (
    SELECT w.contact_id FROM consent_record w WHERE w.account_id = %(account)s
    AND w.event = 'withdrew' AND w.purpose = 'newsletter' AND w.campaign_id = %(campaign)s)"""
PRESSED: Final = """r.contact_id IN (
    SELECT l.contact_id FROM link_click l WHERE l.account_id = %(account)s
    AND l.campaign_id = %(campaign)s AND l.number = %(link)s AND l.judged_class = 'person')"""
SEARCHED: Final = (
    "(c.search_text LIKE %(typed)s OR (c.id IS NULL AND lower(r.address) LIKE %(typed)s))"
)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the URL asks for; anything odd in it counts as not given."""

    status: str = ""
    reason: str = ""
    opened: str = ""
    clicked: str = ""
    link: int = 0
    left: int = 0
    q: str = ""

    @classmethod
    def of(cls, query: Any) -> "Filters":
        """From a request's GET."""
        link = query.get("link", "")
        return cls(
            status=_known(query, "status", set(State)),
            reason=_known(query, "reason", set(NEVER_CODES)),
            opened=_known(query, "opened", set(OPENED)),
            clicked=_known(query, "clicked", set(CLICKED)),
            link=int(link) if link.isascii() and link.isdecimal() and len(link) < 5 else 0,
            left=int(query.get("left", "") == "1"),
            q=query.get("q", "").replace("\x00", "").strip()[:200],
        )

    def given(self, *without: str) -> list[tuple[str, str]]:
        """Names and values of what is set, for a URL or hidden fields."""
        values = ((one.name, getattr(self, one.name)) for one in fields(self))
        return [(name, str(value)) for name, value in values if value and name not in without]

    def url(self, **changed: Any) -> str:
        """The query with some filters changed; pages start anew."""
        return f"?{urlencode(replace(self, **changed).given())}"

    @property
    def is_any(self) -> bool:
        """Something is filtered."""
        return bool(self.given())

    @property
    def is_only_status(self) -> bool:
        """The counts of the pills say how many there are."""
        return not self.given("status")

    def where(self) -> tuple[list[str], dict[str, Any]]:
        """SQL conditions over r, c and e, with the parameters they need."""
        typed = self.q.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions = [
            (self.status, f"({STATE}) = %(status)s"),
            (self.reason, f"({STATE}) = 'never_sent' AND {REASON} = %(reason)s"),
            (self.opened, OPENED.get(self.opened, ("", ""))[1]),
            (self.clicked, CLICKED.get(self.clicked, ("", ""))[1]),
            (self.link, PRESSED),
            (self.left, LEFT),
            (self.q, SEARCHED),
        ]
        parameters = {
            "status": self.status,
            "reason": self.reason,
            "link": self.link,
            "typed": f"%{typed}%",
        }
        return [condition for given, condition in conditions if given], parameters


def _known(query: Any, name: str, values: set[Any]) -> str:
    value = query.get(name, "")
    return value if value in values else ""
