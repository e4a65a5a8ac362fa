"""Campaigns ready to launch, and what became of their people, for the tests of launching."""

from typing import Any

from django.db import connection

from campaigns.composing import blocks
from campaigns.composing.drafting import new_campaign
from campaigns.launching.launch import launch
from campaigns.launching.preparing import Sizes, prepare
from campaigns.models import Campaign, CampaignSegment, Chunk, Recipient
from campaigns.recipients.states import state_of
from consent.models import ConsentRequest
from marketing.models import Account, Contact, Member, Segment, Sender, Standing
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts
from tests.making import make_contact, make_segment, make_sender

CONTENT = blocks.as_data(
    blocks.add(
        blocks.starting_document(),
        "button",
        props={"label": "See the bikes", "href": "https://shop.acme.example/bikes"},
    )
)


def make_draft(account: Account, by: Member, **fields: Any) -> Campaign:
    """A draft with everything that a launch needs, to everybody."""
    with use_account(account):
        campaign = new_campaign(account, by=by, name=fields.pop("name", "Tuesday news"))
        sender = Sender.objects.for_account(account).first() or make_sender(account)
        values = {"sender": sender, "subject": "News from us", "content": CONTENT} | fields
        Campaign.objects.for_account(account).filter(pk=campaign.pk).update(**values)
        everybody = Segment.objects.for_account(account).filter(kind="everybody").first()
        add_segment(campaign, everybody or make_segment(account))
        campaign.refresh_from_db()
    return campaign


def add_segment(campaign: Campaign, segment: Segment, side: str = "in") -> None:
    """Put a segment in or out; call inside `use_account`."""
    CampaignSegment.objects.create(
        account_id=campaign.account_id, campaign=campaign, segment=segment, side=side
    )


def make_people(account: Account, count: int, **fields: Any) -> list[Contact]:
    """Contacts p1@example.test and so on."""
    with use_account(account):
        start = Contact.objects.for_account(account).count() + 1
        return [
            make_contact(account, f"p{n}@example.test", **({"country": "US"} | fields))
            for n in range(start, start + count)
        ]


def give_standing(contact: Contact, **fields: Any) -> None:
    """What the person's address said last, stored directly."""
    with use_account(contact.account_id):
        Standing.objects.update_or_create(
            account_id=contact.account_id,
            address_hash=bytes(contact.address_hash),
            defaults=fields,
        )


def launched(campaign: Campaign, by: Member, *, sizes: Sizes | None = None) -> Campaign:
    """Launched and prepared."""
    launch(campaign, by=by)
    prepare(campaign.account_id, campaign.pk, sizes=sizes)
    with use_account(campaign.account_id):
        campaign.refresh_from_db()
    return campaign


def states(campaign: Campaign) -> dict[str, tuple[str, str]]:
    """(state, reason that counts) by the part of the address before the at sign."""
    with use_account(campaign.account_id):
        stopped = (
            Campaign.objects.for_account(campaign.account_id).get(pk=campaign.pk).state == "stopped"
        )
        rows = Recipient.objects.for_account(campaign.account_id).filter(campaign_id=campaign.pk)
        return {
            row.address.partition("@")[0]: (
                str(state_of(row, stopped=stopped)),
                row.closed_reason or row.reason,
            )
            for row in rows
        }


def rows_and_chunks(campaign: Campaign) -> tuple[list[Any], list[Any], list[Any]]:
    """All that preparing made, without times and ids."""
    with use_account(campaign.account_id):
        mine = {"campaign_id": campaign.pk}
        recipients = Recipient.objects.for_account(campaign.account_id).filter(**mine)
        chunks = Chunk.objects.for_account(campaign.account_id).filter(**mine)
        asked = ConsentRequest.objects.for_account(campaign.account_id).filter(**mine)
        return (
            list(
                recipients.order_by("contact_id").values_list(
                    "contact_id", "address", "chunk", "verdict", "reason"
                )
            ),
            list(
                chunks.order_by("kind", "number").values_list(
                    "kind", "number", "lo", "hi", "planned", "queued", "pending", "never"
                )
            ),
            list(asked.order_by("contact_id").values_list("contact_id", "state")),
        )


def assert_sums_hold(campaign: Campaign) -> dict[str, int]:
    """Planned = sum over the states, in the chunks and in the rows; returns the counts."""
    with use_account(campaign.account_id), connection.cursor() as cursor:
        cursor.execute(
            """SELECT coalesce(sum(planned), 0), coalesce(sum(queued), 0),
                coalesce(sum(pending), 0), coalesce(sum(sent), 0), coalesce(sum(never), 0),
                coalesce(sum(failed), 0), coalesce(sum(unknown), 0)
            FROM chunk WHERE account_id = %s AND campaign_id = %s AND kind = 'mail'""",
            [campaign.account_id, campaign.pk],
        )
        planned, *numbers = (int(value) for value in cursor.fetchone())
    names = ("queued", "pending_consent", "sent", "never_sent", "failed", "unknown")
    found = {name: number for name, number in zip(names, numbers, strict=True) if number}
    from_rows: dict[str, int] = {}
    for state, _ in states(campaign).values():
        from_rows[state] = from_rows.get(state, 0) + 1
    assert sum(numbers) == planned
    assert found == from_rows
    counts(campaign)  # and the reasons
    return found
