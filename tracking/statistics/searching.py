"""Recipients by name or address: contacts are found first, by their index, then their rows by key.

Names and parts of addresses are those of today's contacts. A deleted contact is still found by the
whole address, which costs a look at every recipient of the campaign.
"""

from typing import Any, Final

from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.audience.showing.search import searched
from marketing.models import Contact

_FEW: Final = "r.contact_id = ANY(%(people)s)"
# Per recipient, by the key: a name that fifty thousand bear made an array that took 37 s to search.
_MANY: Final = """coalesce((SELECT {condition} FROM contact c
    WHERE c.account_id = r.account_id AND c.id = r.contact_id), false)"""


def sought(account_id: int, typed: str) -> tuple[str, dict[str, Any]]:
    """The condition over recipient r, with its parameters; inside `use_account`."""
    found = searched(typed)
    [people] = found.parameters
    parameters: dict[str, Any] = {"people": people}
    if found.is_complete:
        condition = _FEW
    else:
        condition = _MANY.format(condition=found.condition.replace("%s", "%(people)s"))
    if gone := _deleted(account_id, typed):
        return f"{condition} OR r.address_hash = %(gone)s", parameters | {"gone": gone}
    return condition, parameters


def _deleted(account_id: int, typed: str) -> bytes:
    """The hash of a whole address that no contact has; b"" for all else."""
    try:
        of = address_hash(read_address(typed).key)
    except BadAddress:
        return b""
    is_here = Contact.objects.for_account(account_id).filter(address_hash=of).exists()
    return b"" if is_here else of
