"""What keeps a campaign from being launched, in words for its author, each with its field."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from campaigns.composing import blocks, merging
from campaigns.launching.audience import segment_ids
from campaigns.models import Campaign
from campaigns.sending.rates.brakes import why_held
from marketing.domains.checking import is_verified
from marketing.domains.freemail import is_freemail
from marketing.domains.showing import lack_of
from marketing.models import Account, Member
from marketing.senders.using import may_use

# No calendar ends before it; at the end of the year 9999 a time has no other zones.
FURTHEST: Final = timedelta(days=3652)


@dataclass(frozen=True, slots=True)
class Problem:
    """`card` is the editor's card, `field` the id of the element to go to, `url` its other page.

    `is_open`: nothing was written there yet, which is no mistake before somebody wants to launch.
    """

    card: str
    field: str
    text: str
    url: str = ""
    is_open: bool = False


class NotLaunchable(Exception):
    """The campaign can not be launched; `problems` says why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__(" ".join(problem.text for problem in problems))


def problems_of(
    campaign: Campaign, account: Account, *, at: datetime | None = None
) -> list[Problem]:
    """Everything to mend before launch, in the order of the editor; call in `use_account`."""
    return [
        *_recipients(campaign),
        *_sender_and_subject(campaign, account),
        *_content(campaign, account),
        *_more(campaign, account),
        *_time(at),
    ]


def not_theirs(campaign: Campaign, by: Member | None) -> list[Problem]:
    """What keeps this member, or a member who was removed since, from launching it."""
    if campaign.sender is None or may_use(campaign.sender, by):
        return []
    text = f"Choose another sender, or have an admin let you use {campaign.sender.address}"
    return [Problem("sender", "id_sender", text)]


def known_fields_of(account: Account) -> frozenset[str]:
    """Merge tags an author of this account may use: ours and the contacts' own fields."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT jsonb_object_keys(fields) FROM contact"
            " WHERE account_id = %s AND fields <> '{}' LIMIT 500",
            [account.pk],
        )
        return merging.known_fields(row[0] for row in cursor.fetchall())


def _recipients(campaign: Campaign) -> Iterator[Problem]:
    inside, _ = segment_ids(campaign)
    if not inside:
        yield Problem("recipients", "card-recipients", "Choose who gets this", is_open=True)


def _sender(campaign: Campaign, account: Account) -> Iterator[Problem]:
    if campaign.sender is None:
        yield Problem("sender", "id_sender", "Choose a sender", is_open=True)
        return
    address = campaign.sender.address
    domain = address.rpartition("@")[2]
    if is_freemail(domain):
        text = (
            f"Choose a sender of your own domain: {address} belongs to a mailbox provider, and "
            "receivers refuse newsletters in its name"
        )
        url = reverse("marketing:settings_senders", args=[account.pk])
        yield Problem("sender", "id_sender", text, url=url)
    elif campaign.sender.verified_at is None:
        yield Problem("sender", "id_sender", f"Confirm the address {address} in Settings, Senders")
    elif settings.REQUIRE_SENDER_DOMAIN and not is_verified(account.pk, address):
        lack = lack_of(account.pk, domain)
        url = reverse("marketing:settings_domains", args=[account.pk])
        if lack.domain_id is not None:
            url = reverse("marketing:settings_domain", args=[account.pk, lack.domain_id])
        yield Problem("sender", "id_sender", lack.text, url=url)


def _sender_and_subject(campaign: Campaign, account: Account) -> Iterator[Problem]:
    yield from _sender(campaign, account)
    held = why_held(account.pk, campaign.sender.address if campaign.sender else "")
    if held:
        yield Problem("sender", "id_sender", held)
    if not campaign.subject.strip():
        yield Problem("sender", "id_subject", "Write a subject", is_open=True)
    known = known_fields_of(account)
    for name, typed in (("subject", campaign.subject), ("preheader", campaign.preheader)):
        for problem in merging.problems(typed, known):
            yield Problem("sender", f"id_{name}", f"{name.capitalize()}: {problem.text}")


def _content(campaign: Campaign, account: Account) -> Iterator[Problem]:
    document = blocks.document_from(campaign.content)
    if not document.blocks:
        yield Problem("content", "card-content", "Write the content", is_open=True)
    faults = blocks.faults_of(document, known_fields_of(account))
    for block in document.blocks:
        name = blocks.name_of(document, block.id)
        if blocks.is_untouched(block):
            text = f"{name}: fill it in, or delete it"
            yield _of_block(campaign, block.id, text, is_open=True)
            continue
        for fault in faults:
            if fault.block_id == block.id:
                yield _of_block(campaign, block.id, f"{name}: {fault.text}")
    if not account.postal_address.strip():
        text = "Give your postal address in Settings, Mail: it stands in the footer"
        url = f"{reverse('marketing:settings_mail', args=[account.pk])}#id_postal_address"
        yield Problem("content", "card-content", text, url)


def _of_block(campaign: Campaign, block_id: str, text: str, *, is_open: bool = False) -> Problem:
    """Leads into the editor with that block open."""
    editor = reverse("campaigns:editor", args=[campaign.account_id, campaign.pk])
    url = f"{editor}?check=1&block={block_id}#block-{block_id}"
    return Problem("content", f"block-{block_id}", text, url, is_open=is_open)


def _more(campaign: Campaign, account: Account) -> Iterator[Problem]:
    today = timezone.now().astimezone(ZoneInfo(account.time_zone)).date()
    if campaign.keep_sending and (
        campaign.keep_sending_until is None or campaign.keep_sending_until < today
    ):
        text = "Choose until when new people get this campaign"
        yield Problem("more", "id_keep_sending_until", text)


def _time(at: datetime | None) -> Iterator[Problem]:
    if at is not None and at <= timezone.now():
        yield Problem("launch", "id_at", "Choose a time that is still to come")
    if at is not None and at > timezone.now() + FURTHEST:
        yield Problem("launch", "id_at", "Choose a time within the next ten years")
