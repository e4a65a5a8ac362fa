"""As whom a newsletter is previewed: a sample person, or a contact found by name or address."""

from typing import Any

from campaigns.composing import checks
from marketing.audience.showing.search import searched
from marketing.models import Account, Contact
from marketing.names import visible
from marketing.queries import number_in

SHOWN = 6
# Nothing of a tracked person: neither picture nor stop link.
_OURS = {"unsubscribe_url": "#", "choices_url": "#"}


def found_people(account: Account, term: str) -> list[Contact]:
    """The newest few contacts a term finds; call in `use_account`."""
    if not (wanted := visible(term).strip()[:100]):
        return []
    condition = searched(wanted)
    people = Contact.objects.raw(
        f"SELECT c.* FROM contact c WHERE c.account_id = %s AND {condition.condition}"
        f" ORDER BY c.id DESC LIMIT {SHOWN}",
        [account.pk, *condition.parameters],
    )
    return list(people)


def values_for(account: Account, contact_id: str) -> dict[str, Any]:
    """What a mail is filled in with; a sample person without an id, 404 for an unknown one."""
    if not contact_id:
        return {"contact": checks.SAMPLE["contact"], **_OURS}
    contact = Contact.objects.for_account(account).get_or_404(pk=number_in(contact_id))
    person = {
        "first_name": contact.first_name,
        "last_name": contact.last_name,
        "email": contact.address,
        "country": contact.country,
        "language": contact.language,
        "fields": contact.fields,
    }
    return {"contact": person, **_OURS}
