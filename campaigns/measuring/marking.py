"""UTM parameters in an author's links: values of the campaign, never of a person.

They come where a link would be followed by us (targets.decide), before the fragment, and never in
place of what the author wrote. Who is not measured gets them too: they measure nobody.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, quote

from campaigns.composing.models import Campaign
from campaigns.composing.tags import Hidden
from campaigns.measuring.models import CampaignMarks, Measuring

_UNMARKED: Final[Mapping[str, str]] = {}


def marks_of(campaign: Campaign) -> Mapping[str, str]:
    """The parameters of this campaign's links; none where they are off."""
    chosen = Measuring.objects.for_account(campaign.account_id).first()
    if chosen is None or not chosen.utm or campaign.pk is None:
        return _UNMARKED
    own = (
        CampaignMarks.objects.for_account(campaign.account_id)
        .filter(campaign_id=campaign.pk)
        .first()
    )
    if own is not None and own.is_off:
        return _UNMARKED
    name = own.utm_campaign if own is not None else ""
    marks = {
        "utm_source": chosen.utm_source,
        "utm_medium": chosen.utm_medium,
        "utm_campaign": name or named(campaign.name),
    }
    return {key: value for key, value in marks.items() if value}


def named(name: str) -> str:
    """A campaign's name as a parameter: "Winter bikes, part 2" is winter-bikes-part-2."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:100]


def marked(url: str, marks: Mapping[str, str]) -> str:
    """The address with the parameters it does not have yet; merge tags stay as they are."""
    hidden = Hidden(url)
    rest, hash_sign, fragment = hidden.text.partition("#")
    _, question, query = rest.partition("?")
    known = {name.lower() for name, _ in parse_qsl(query, keep_blank_values=True)}
    added = [
        f"{name}={quote(value, safe='')}" for name, value in marks.items() if name not in known
    ]
    if not added:
        return url
    joint = "?" if not question else "" if not query or query.endswith("&") else "&"
    return hidden.shown(f"{rest}{joint}{'&'.join(added)}{hash_sign}{fragment}", change=str)
