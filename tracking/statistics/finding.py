"""The people a filter of the Recipients tab finds, as SQL of their contact ids in order.

Where another table knows few of them, it leads and each is looked up in the campaign; else the
campaign's recipients are read in order and asked one by one. Both stop when a page is full.
"""

from dataclasses import dataclass
from typing import Any, Final

from campaigns.models import Campaign
from campaigns.recipients.states import State
from tracking.statistics.filters import LEFT, Filters, Having
from tracking.statistics.searching import sought

# The counter of the mail chunks for each state, in the order of screens.md 5.
PILLS: Final[dict[State, str]] = {
    State.QUEUED: "queued",
    State.PENDING_CONSENT: "pending",
    State.SENT: "sent",
    State.NEVER_SENT: "never",
    State.FAILED: "failed",
    State.UNKNOWN: "unknown",
    State.STOPPED: "stopped",
}
_SOUGHT: Final = "unnest(%(sought)s::bigint[]) t(contact_id) WHERE true"
_OF_CAMPAIGN: Final = "r.account_id = %(account)s AND r.campaign_id = %(campaign)s"


@dataclass(frozen=True, slots=True)
class Found:
    """Recipients as filtered. `is_frequent`: a search that too many match to count them."""

    campaign: Campaign
    filters: Filters
    lead: str
    conditions: tuple[str, ...]
    parameters: dict[str, Any]
    is_frequent: bool = False

    @property
    def is_sought(self) -> bool:
        """A search found these few: everything about them is quickly asked."""
        return self.lead == _SOUGHT

    def ids(self, more: str = "") -> str:
        """SQL of contact ids; `more` goes on where the id is `contact_id`, as of the cursor."""
        where = "".join(f" AND ({condition})" for condition in self.conditions)
        if not self.lead:
            return f"""SELECT r.contact_id FROM recipient r
                WHERE {_OF_CAMPAIGN}{where}{more.replace("contact_id", "r.contact_id")}"""
        # Elsewhere a person has one row.
        once = "DISTINCT" if self.lead.startswith(LEFT.table) else ""
        return f"""SELECT {once} t.contact_id FROM {self.lead}
                AND coalesce((SELECT true FROM recipient r WHERE {_OF_CAMPAIGN}
                    AND r.contact_id = t.contact_id{where}), false)
                {more.replace("contact_id", "t.contact_id")}"""


def found_by(campaign: Campaign, filters: Filters) -> Found:
    """Turn the filters into SQL; a search asks the database once. Inside `use_account`."""
    wanted, parameters = filters.wanted()
    parameters |= {
        "account": campaign.account_id,
        "campaign": campaign.pk,
        "stopped": campaign.state == Campaign.State.STOPPED,
    }
    lead, is_frequent = "", False
    conditions = _stretches(filters, is_stopped=parameters["stopped"])
    if filters.q:
        found = sought(campaign, filters.q)
        parameters |= found.parameters
        is_frequent = found.contacts is None
        if found.contacts is None:
            conditions.append(found.condition)
        else:
            lead, parameters["sought"] = _SOUGHT, found.contacts
    first = next((one for one in wanted if isinstance(one, Having) and not lead), None)
    for one in wanted:
        if not isinstance(one, Having):
            conditions.append(one)
        elif first and one.table == first.table:  # the same row says both
            lead = f"{lead} AND {one.condition}" if lead else one.leading
        else:
            conditions.append(one.asked)
    return Found(campaign, filters, lead, tuple(conditions), parameters, is_frequent)


def _stretches(filters: Filters, *, is_stopped: bool) -> list[str]:
    """Only the stretch of ids whose chunks count somebody of this kind (architecture 5)."""
    held = []
    counter = PILLS[State(filters.status)] if filters.status else ""
    if counter and counter != "stopped" and not is_stopped:
        held.append(f"{counter} > 0")
    if filters.reason:
        held.append("never_reasons -> %(reason)s IS NOT NULL")
    return [
        f"""r.contact_id {compared} (SELECT {edge} FROM chunk WHERE account_id = %(account)s
            AND campaign_id = %(campaign)s AND kind = 'mail' AND {holding})"""
        for holding in held
        for edge, compared in (("min(lo)", ">="), ("max(hi)", "<="))
    ]
