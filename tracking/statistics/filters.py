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


@dataclass(frozen=True, slots=True)
class Having:
    """People for whom another table (t) has such a row: few of a campaign, in order of the key.

    A join went wrong without fresh statistics, 8 s and more for 400,000 recipients; an array of
    their ids was read whole for each page and count.
    """

    table: str
    condition: str

    @property
    def leading(self) -> str:
        """From this table, read in the order of contact ids."""
        return f"""{self.table} t WHERE t.account_id = %(account)s
            AND t.campaign_id = %(campaign)s AND {self.condition}"""

    @property
    def asked(self) -> str:
        """Condition over r, asked per recipient by the key: EXISTS may become a join."""
        return f"""coalesce((SELECT true FROM {self.table} t WHERE t.account_id = r.account_id
            AND t.campaign_id = r.campaign_id AND t.contact_id = r.contact_id
            AND {self.condition} LIMIT 1), false)"""


_OPENED: Final = Having("engagement", "(t.opens > 0 OR t.opens_proxy > 0)")
_CLICKED: Final = Having("engagement", "t.clicks > 0")

OPENED: Final[Mapping[str, tuple[str, str | Having]]] = {
    "person": ("By a person", Having("engagement", "t.opens > 0")),
    "proxy": ("Proxy only", Having("engagement", "t.opens = 0 AND t.opens_proxy > 0")),
    "unsure": (
        "Not sure",
        Having("engagement", "t.opens = 0 AND t.opens_proxy = 0 AND t.opens_unknown > 0"),
    ),
    "machine": (
        "Machine only",
        Having(
            "engagement",
            "t.opens = 0 AND t.opens_proxy = 0 AND t.opens_unknown = 0 AND t.opens_machine > 0",
        ),
    ),
    "none": ("Not opened", f"{_SENT} AND r.measured_opens AND NOT {_OPENED.asked}"),
    "not_measured": (
        "Not measured",
        f"{_SENT} AND NOT r.measured_opens AND NOT {_OPENED.asked}",
    ),
    "measured": ("Measured", f"{_SENT} AND r.measured_opens"),
}
CLICKED: Final[Mapping[str, tuple[str, str | Having]]] = {
    "person": ("By a person", _CLICKED),
    "unseen": ("Without pictures", Having("engagement", "t.clicks > 0 AND t.opens = 0")),
    "unsure": (
        "Not sure",
        Having("engagement", "t.clicks = 0 AND t.clicks_unknown > 0"),
    ),
    "machine": (
        "Machine only",
        Having(
            "engagement",
            "t.clicks = 0 AND t.clicks_unknown = 0 AND t.clicks_machine + t.clicks_proxy > 0",
        ),
    ),
    "none": ("Not clicked", f"{_SENT} AND r.measured_clicks AND NOT {_CLICKED.asked}"),
    "not_measured": (
        "Not measured",
        f"{_SENT} AND NOT r.measured_clicks AND NOT {_CLICKED.asked}",
    ),
    "measured": ("Measured", f"{_SENT} AND r.measured_clicks"),
}
# Who left the newsletter by the mail: by a request's link somebody left before the mail.
LEFT: Final = Having(
    "consent_record",
    "t.event = 'withdrew' AND t.purpose = 'newsletter' AND t.request_id IS NULL",
)
PRESSED: Final = Having("link_click", "t.number = %(link)s AND t.judged_class = 'person'")


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

    @property
    def only(self) -> str:
        """The name of the one filter that is given, or ""."""
        names = [name for name, _ in self.given()]
        return names[0] if len(names) == 1 else ""

    def wanted(self) -> tuple[list[str | Having], dict[str, Any]]:
        """What is asked of recipients, with the parameters of it; all but the search."""
        asked: list[tuple[Any, str | Having]] = [
            (self.left, LEFT),
            (self.link, PRESSED),
            (self.opened, OPENED.get(self.opened, ("", ""))[1]),
            (self.clicked, CLICKED.get(self.clicked, ("", ""))[1]),
            (self.status, f"({STATE}) = %(status)s"),
            (self.reason, f"({STATE}) = 'never_sent' AND {REASON} = %(reason)s"),
        ]
        parameters = {"status": self.status, "reason": self.reason, "link": self.link}
        return [wanted for given, wanted in asked if given], parameters


def _known(query: Any, name: str, values: set[Any]) -> str:
    value = query.get(name, "")
    return value if value in values else ""
