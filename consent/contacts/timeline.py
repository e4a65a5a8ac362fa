"""What one person was asked and did, newest first, from the ledger; ready for the component."""

from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from django.urls import reverse

from consent.models import ConsentPrivate, ConsentRecord
from marketing.models import Contact

MOST: Final = 100

# event -> icon and colour family of its line
_LOOKS: Final = {
    "asked": ("mail", "blue"),
    "agreed": ("check", "green"),
    "refused": ("x", "slate"),
    "withdrew": ("user-minus", "slate"),
    "imported": ("file-import", "grey"),
    "expired": ("clock-off", "slate"),
    "complained": ("flag", "red"),
    "bounced": ("alert-circle", "red"),
    "blocked": ("ban", "slate"),
    "unblocked": ("rotate", "grey"),
}


@dataclass(frozen=True)
class Item:
    """One line of `components/timeline.html`."""

    icon: str
    family: str
    title: str
    detail: str
    url: str = ""


def timeline_of(contact: Contact) -> list[Item]:
    """The newest records about the contact's address; two queries whatever their number."""
    account = contact.account
    records = list(
        ConsentRecord.objects.for_account(account)
        .filter(address_hash=contact.address_hash)
        .order_by("-seq")[:MOST]
    )
    sources = dict(
        ConsentPrivate.objects.for_account(account)
        .filter(seq__in=[record.seq for record in records], kind=ConsentPrivate.Kind.SOURCE)
        .values_list("seq", "value")
    )
    zone = ZoneInfo(account.time_zone)
    return [_item(record, sources.get(record.seq, ""), zone) for record in records]


def _item(record: ConsentRecord, source: str, zone: ZoneInfo) -> Item:
    icon, family = _LOOKS.get(record.event, ("history", "grey"))
    purpose = record.get_purpose_display().lower()
    at = record.at.astimezone(zone)
    details = [f"{at:%-d %b %Y, %H:%M}", record.get_act_display(), source]
    return Item(
        icon=icon,
        family=family,
        title=f"{record.get_event_display()}: {purpose}",
        detail=" · ".join(detail for detail in details if detail),
        url=reverse("consent:record", args=[record.account_id, record.seq]),
    )
