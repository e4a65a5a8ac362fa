"""UTM parameters in an author's links: values of the campaign, never of a person.

They come where a link would be followed by us (targets.decide), before the fragment, and never in
place of what the author wrote. Who is not measured gets them too: they measure nobody. The values
are the account's, or the campaign's own where it has any; domains that the account names have none.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote

import idna

from campaigns.composing.models import Campaign
from campaigns.composing.tags import Hidden
from campaigns.measuring.models import CampaignMarks, Measuring

NAMES: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_content")
_HOST: Final = re.compile(r"(?:https?:)?//([^/?#:]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marks:
    """What is added to links, but to those that lead to one of the domains `not_on`."""

    values: Mapping[str, str] = field(default_factory=dict)
    not_on: frozenset[str] = frozenset()


def marks_of(campaign: Campaign) -> Marks:
    """The parameters of this campaign's links; none where they are off."""
    chosen = Measuring.objects.for_account(campaign.account_id).first()
    if chosen is None or not chosen.utm or campaign.pk is None:
        return Marks()
    own = own_marks(campaign)
    if own.is_off:
        return Marks()
    made = {name: getattr(own, name) or value for name, value in defaults(campaign, chosen).items()}
    values = {name: value for name, value in made.items() if value}
    return Marks(values, frozenset(chosen.utm_not_on.split()))


def defaults(campaign: Campaign, chosen: Measuring) -> dict[str, str]:
    """What a campaign adds that says nothing of its own."""
    return {
        "utm_source": chosen.utm_source,
        "utm_medium": chosen.utm_medium,
        "utm_campaign": named(campaign.name),
        "utm_content": chosen.utm_content,
    }


def own_marks(campaign: Campaign) -> CampaignMarks:
    """What the campaign says of its own; not stored while that is nothing."""
    mine = CampaignMarks.objects.for_account(campaign.account_id)
    return mine.filter(campaign_id=campaign.pk).first() or CampaignMarks(
        account_id=campaign.account_id, campaign_id=campaign.pk
    )


def save_marks(campaign: Campaign, values: Mapping[str, Any]) -> None:
    """Store what the campaign says of its own; inside `use_account`."""
    CampaignMarks.objects.update_or_create(
        account_id=campaign.account_id, campaign_id=campaign.pk, defaults=values
    )


def named(name: str) -> str:
    """A campaign's name as a parameter: "Winter bikes, part 2" is winter-bikes-part-2."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100]


def marked(url: str, marks: Marks) -> str:
    """The address with the parameters it does not have yet; merge tags stay as they are."""
    hidden = Hidden(url)
    if _leads_to(hidden.text, marks.not_on):
        return url
    rest, hash_sign, fragment = hidden.text.partition("#")
    _, question, query = rest.partition("?")
    known = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    added = [
        f"{name}={quote(value, safe='')}"
        for name, value in marks.values.items()
        if name not in known
    ]
    if not added:
        return url
    joint = "?" if not question else "" if not query or query.endswith("&") else "&"
    return hidden.shown(f"{rest}{joint}{'&'.join(added)}{hash_sign}{fragment}", change=str)


def _leads_to(url: str, domains: frozenset[str]) -> bool:
    """Whether the address is of one of these domains, or below it."""
    found = _HOST.match(url.strip())
    if not domains or found is None:
        return False
    try:
        host = idna.encode(found[1].rstrip("."), uts46=True).decode().lower()
    except idna.IDNAError:
        host = found[1].rstrip(".").lower()
    return any(f".{host}".endswith(f".{domain}") for domain in domains)
