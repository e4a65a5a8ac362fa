"""The people of a campaign and the gate's question about them; review and preparing share both."""

from typing import Any

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, CampaignSegment
from consent import gate
from marketing.audience.segments import people_sql


def question_of(campaign: Campaign) -> gate.Question:
    """The campaign's side of the gate's question."""
    return gate.Question(
        account_id=campaign.account_id,
        campaign_id=campaign.pk,
        require_consent=campaign.require_consent,
        frozen_country=campaign.frozen_country,
        frozen_rules_version_id=campaign.frozen_rules_version_id,
        now=timezone.now(),
    )


def segment_ids(campaign: Campaign) -> tuple[list[int], list[int]]:
    """Ids of the segments in and out."""
    rows = CampaignSegment.objects.for_account(campaign.account_id).filter(campaign=campaign)
    sides: dict[str, list[int]] = {CampaignSegment.Side.IN: [], CampaignSegment.Side.OUT: []}
    for segment_id, side in rows.values_list("segment_id", "side"):
        sides[side].append(segment_id)
    return sides[CampaignSegment.Side.IN], sides[CampaignSegment.Side.OUT]


def people_of(campaign: Campaign) -> str:
    """SELECT of `contact_id` of everybody in the segments in, minus out; safe to compose.

    Parameters are bound here, so that it can stand inside a statement with named ones.
    """
    inside, outside = segment_ids(campaign)
    return bound(people_sql(campaign.account_id, inside, outside))


def bound(statement: tuple[str, list[Any]]) -> str:
    """A statement with its parameters quoted by the driver; percent signs stay doubled."""
    with connection.cursor() as cursor:
        text: bytes | str = cursor.mogrify(*statement)
    return (text.decode() if isinstance(text, bytes) else text).replace("%", "%%")


def judged(campaign: Campaign, *, condition: str = "true") -> str:
    """The gate's relation over the campaign's people who meet a condition on contact `c`."""
    everybody = f"c.id IN ({people_of(campaign)}) AND ({condition})"
    return gate.verdicts(gate.people_of_contacts(everybody))
