"""The people of a campaign and the gate's question about them; review and preparing share both."""

from django.db import connection
from django.utils import timezone

from campaigns.models import Campaign, CampaignSegment
from consent import gate
from marketing.audience.segments import people_of as segments_people
from marketing.models import Segment


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
    """Condition over `contact c`: everybody in the segments in, minus out; safe to compose.

    Its parameters are bound here, so that it can stand inside a statement with named ones.
    """
    inside, outside = segment_ids(campaign)
    segments = Segment.objects.for_account(campaign.account_id).in_bulk([*inside, *outside])
    people = segments_people(
        campaign.account_id, [segments[pk] for pk in inside], [segments[pk] for pk in outside]
    )
    with connection.cursor() as cursor:
        text: bytes | str = cursor.mogrify(people.condition, people.parameters)
    return (text.decode() if isinstance(text, bytes) else text).replace("%", "%%")


def judged(campaign: Campaign, *, condition: str = "true", are_many: bool = False) -> str:
    """The gate's relation over the campaign's people who meet a condition on contact `c`."""
    people = gate.people_of_contacts(f"({people_of(campaign)}) AND ({condition})")
    return gate.verdicts(people, are_many=are_many)


def counted(campaign: Campaign, *, condition: str = "true") -> str:
    """The gate's relation of how many of these people of the campaign get which verdict."""
    return gate.counts(gate.people_of_contacts(f"({people_of(campaign)}) AND ({condition})"))
