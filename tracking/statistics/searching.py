"""Recipients by name or address: contacts are found first, by their index, then their rows by key.

Names and parts of addresses are those of today's contacts. A deleted contact is still found by the
whole address, which costs a look at every recipient of the campaign.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from campaigns.models import Campaign, Recipient
from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.audience.showing.search import searched
from marketing.models import Contact

# Per recipient, by the key: a name that fifty thousand bear made an array that took 37 s to search.
_MANY: Final = """coalesce((SELECT {condition} FROM contact c
    WHERE c.account_id = r.account_id AND c.id = r.contact_id), false)"""


@dataclass(frozen=True, slots=True)
class Sought:
    """Who a search means: the ids of few contacts, or a condition over recipient r."""

    contacts: list[int] | None
    condition: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


def sought(campaign: Campaign, typed: str) -> Sought:
    """Find the contacts, or say how to ask for them; inside `use_account`."""
    found = searched(typed)
    [people] = found.parameters
    if found.is_complete:
        return Sought([*people, *_deleted(campaign, typed)])
    condition = _MANY.format(condition=found.condition.replace("%s", "%(people)s"))
    return Sought(None, condition, {"people": people})


def _deleted(campaign: Campaign, typed: str) -> list[int]:
    """Contacts that are gone and had this whole address."""
    try:
        of = address_hash(read_address(typed).key)
    except BadAddress:
        return []
    account_id = campaign.account_id
    if Contact.objects.for_account(account_id).filter(address_hash=of).exists():
        return []
    mine = Recipient.objects.for_account(account_id).filter(campaign_id=campaign.pk)
    return list(mine.filter(address_hash=of).values_list("contact_id", flat=True))
