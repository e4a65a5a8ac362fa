"""Which recipients a URL asks for, and the SQL condition behind each filter.

Every number that counts people links to its filter here, so a number and its people cannot differ.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final
from urllib.parse import urlencode

from campaigns.recipients.reasons import NEVER_CODES
from campaigns.recipients.states import State, state_sql

# Conditions are over recipient r; account, campaign, stopped are parameters.
STATE: Final = state_sql(stopped="%(stopped)s")
REASON: Final = "coalesce(r.closed_reason, r.reason)"
_SENT: Final = f"({STATE}) = 'sent'"


def _ids(table: str, condition: str) -> str:
    """Contact ids of this campaign in another table, as an array that is read once.

    A join here went wrong without fresh statistics: 8 s and more for 400,000 recipients.
    """
    return f"""ARRAY(SELECT t.contact_id FROM {table} t WHERE t.account_id = %(account)s
        AND t.campaign_id = %(campaign)s AND {condition})"""


def _engaged(condition: str) -> str:
    return _ids("engagement", condition)


def _not(condition: str) -> str:
    """Nothing of the kind was measured: asked per recipient, by the key, until a page is full.

    An array would be searched from its beginning for each recipient; EXISTS may become a join.
    """
    return f"""NOT coalesce((SELECT {condition} FROM engagement t WHERE t.account_id = r.account_id
        AND t.campaign_id = r.campaign_id AND t.contact_id = r.contact_id), false)"""


_NOT_OPENED: Final = _not("t.opens > 0 OR t.opens_proxy > 0")
_NOT_CLICKED: Final = _not("t.clicks > 0")
_CLICKED: Final = _engaged("t.clicks > 0")

OPENED: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("By a person", f"r.contact_id = ANY({_engaged('t.opens > 0')})"),
    "proxy": (
        "Proxy only",
        f"r.contact_id = ANY({_engaged('t.opens = 0 AND t.opens_proxy > 0')})",
    ),
    "none": ("Not opened", f"{_SENT} AND r.measured_opens AND {_NOT_OPENED}"),
    "not_measured": (
        "Not measured",
        f"{_SENT} AND NOT r.measured_opens AND {_NOT_OPENED}",
    ),
    "measured": ("Measured", f"{_SENT} AND r.measured_opens"),
}
CLICKED: Final[Mapping[str, tuple[str, str]]] = {
    "person": ("By a person", f"r.contact_id = ANY({_CLICKED})"),
    "unseen": (
        "Without pictures",
        f"r.contact_id = ANY({_engaged('t.clicks > 0 AND t.opens = 0')})",
    ),
    "none": ("Not clicked", f"{_SENT} AND r.measured_clicks AND {_NOT_CLICKED}"),
    "not_measured": (
        "Not measured",
        f"{_SENT} AND NOT r.measured_clicks AND {_NOT_CLICKED}",
    ),
    "measured": ("Measured", f"{_SENT} AND r.measured_clicks"),
}
# People who had the mail and then left by it. One row per person.
_LEAVERS: Final = _ids("consent_record", "t.event = 'withdrew' AND t.purpose = 'newsletter'")
LEFT: Final = f"r.sent_at IS NOT NULL AND r.contact_id = ANY({_LEAVERS})"
_PRESSERS: Final = _ids("link_click", "t.number = %(link)s AND t.judged_class = 'person'")
PRESSED: Final = f"r.contact_id = ANY({_PRESSERS})"


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

    @property
    def is_only_reason(self) -> bool:
        """The counters of reasons say how many there are."""
        is_never = self.status in ("", State.NEVER_SENT)
        return bool(self.reason) and is_never and not self.given("status", "reason")

    def where(self) -> tuple[list[str], dict[str, Any]]:
        """SQL conditions over r, with the parameters they need; of all but the search."""
        conditions = [
            (self.status, f"({STATE}) = %(status)s"),
            (self.reason, f"({STATE}) = 'never_sent' AND {REASON} = %(reason)s"),
            (self.opened, OPENED.get(self.opened, ("", ""))[1]),
            (self.clicked, CLICKED.get(self.clicked, ("", ""))[1]),
            (self.link, PRESSED),
            (self.left, LEFT),
        ]
        parameters = {"status": self.status, "reason": self.reason, "link": self.link}
        return [condition for given, condition in conditions if given], parameters


def _known(query: Any, name: str, values: set[Any]) -> str:
    value = query.get(name, "")
    return value if value in values else ""
