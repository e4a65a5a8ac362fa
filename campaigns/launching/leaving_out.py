"""Leaving people out with one press: whom even asking is doubtful for (product 9)."""

from campaigns.composing.drafting import save
from campaigns.composing.models import Campaign, CampaignSegment
from marketing.models import Account, Segment
from marketing.rules.countries import country_name

# Even asking is doubtful for people who never gave the address themselves (law reference, 0.4).
ASKING_DOUBTFUL = ("DE", "PE")


def leave_doubtful_out(campaign: Campaign, account: Account, *, version: int) -> None:
    """Leave out whoever of these countries would be asked; raises ChangedElsewhere.

    A rule segment per country, made once per account: people without an act and without a basis.
    Call inside `use_account`.
    """
    save(campaign, version=version, fields={})
    for country in ASKING_DOUBTFUL:
        segment, _ = Segment.objects.get_or_create(
            account=account,
            name=f"{country_name(country)}, not asked yet",
            defaults={"kind": Segment.Kind.RULES, "rules": _rules(country)},
        )
        CampaignSegment.objects.update_or_create(
            account=account,
            campaign=campaign,
            segment=segment,
            defaults={"side": CampaignSegment.Side.OUT},
        )


def _rules(country: str) -> list[dict[str, str]]:
    return [
        {"field": "country", "operator": "is", "value": country},
        {"field": "newsletter", "operator": "is_empty", "value": ""},
        {"field": "basis", "operator": "is_empty", "value": ""},
    ]
