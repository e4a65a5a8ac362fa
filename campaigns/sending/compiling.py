"""A campaign made ready for sending: its frozen templates, its sender, and people's own targets.

Links are rewritten, and the picture's URL given, only for people who may be tracked; everybody
else gets the author's bytes. How a mail is written from it is writing's business.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import count

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.composing.merging import MergeFailed, text_template
from campaigns.composing.targets import LinkRefused, person_target
from campaigns.measuring.hosts import tracking_url_of
from campaigns.models import Campaign, Link
from campaigns.sending import addressing, telling
from campaigns.sending.loading import Handed
from campaigns.sending.mails.signing import signed, signer_of
from campaigns.sending.mails.writing import Addressee, Source, Writer
from campaigns.sending.transports import Outgoing
from mailwire.dkim import Signer
from marketing.domains.checking import bounces_to
from marketing.models import Account, Sender
from marketing.sealing import NotOpened
from marketing.tenancy import use_account


@dataclass(frozen=True)
class CompiledCampaign:
    """What all mails of one campaign share."""

    campaign: Campaign
    account: Account
    sender: Sender
    personal_links: tuple[tuple[int, str], ...]  # number and target with merge tags
    tracking_url: str  # the account's own host, or everybody's
    signer: Signer | None = None
    bounces_to: str = ""  # the domain of the envelope sender; "" is ours

    @cached_property
    def _accepted(self) -> "count[int]":
        return count()

    def is_first_accepted(self) -> bool:
        """True once: the campaign's page is to say that mails leave. Asked anew in two seconds."""
        return next(self._accepted) == 0

    @cached_property
    def _writers(self) -> dict[tuple[bool, bool], Writer]:
        return {}

    def writer(self, *, opens: bool, clicks: bool) -> Writer:
        """Who writes for people who may be tracked so far. Raises MergeFailed, HeaderRefused."""
        kept = self._writers.get((opens, clicks))
        if kept is None:
            campaign, sender = self.campaign, self.sender
            source = Source(
                account_id=campaign.account_id,
                campaign_id=campaign.pk,
                from_name=sender.name,
                from_address=sender.address,
                reply_to=self.replies_to,
                subject=campaign.subject,
                html=campaign.html,
                text=campaign.text,
                opens=opens,
                clicks=clicks,
                tracking_url=self.tracking_url,
                bounces_to=self.bounces_to,
            )
            kept = self._writers[opens, clicks] = _writer_of(source, _places())
        return kept

    @property
    def replies_to(self) -> str:
        """As the campaign says, else its sender; "" is the sender's own address."""
        return str(self.campaign.reply_to or self.sender.reply_to)

    def own_targets(self, person: Handed) -> dict[int, str]:
        """The person's own targets of links with merge tags. Raises LinkRefused, MergeFailed."""
        values = {"contact": person.values}
        return {
            number: person_target(target, lambda url: text_template(url).render(values))
            for number, target in self.personal_links
        }

    def wire(self, person: Handed, *, clicks: bool) -> tuple[str, bytes]:
        """Envelope sender and octets of the person's mail, without signature.

        Raises MergeFailed, HeaderRefused.
        """
        writer = self.writer(opens=person.opens, clicks=clicks)
        return writer.wire_to(person.contact_id, person.address, person.values, datetime.now(UTC))

    def outgoing(self, person: Handed, *, clicks: bool) -> Outgoing:
        """The person's mail. `clicks` is False where a target of theirs can not be stored.

        Raises MergeFailed, HeaderRefused.
        """
        writer = self.writer(opens=person.opens, clicks=clicks)
        addressee = Addressee(
            contact_id=person.contact_id,
            address=person.address,
            contact=person.values,
            sent_at=timezone.now(),
        )
        key = (person.account_id, person.campaign_id, person.contact_id)
        return Outgoing(
            mail=signed(writer.letter_to(addressee), self.signer),
            envelope_sender=addressing.envelope_sender(*key, domain=self.bounces_to),
            verdict_at=person.verdict_at,
            account_id=person.account_id,
            campaign_id=person.campaign_id,
            contact_id=person.contact_id,
        )


@lru_cache(maxsize=32)
def _writer_of(source: Source, _written_into_it: tuple[str, ...]) -> Writer:
    """Kept over leases: parsing and encoding takes as long as writing a thousand mails."""
    return Writer(source)


def _places() -> tuple[str, ...]:
    return settings.SITE_URL, settings.MAIL_DOMAIN


def compiled(account_id: int, campaign_id: int) -> CompiledCampaign | None:
    """Read a campaign for sending; None when it has no sender any more, or can not be signed."""
    try:
        with use_account(account_id):
            return _compiled(account_id, campaign_id)
    except NotOpened:
        why = "The keys that sign mail from this domain can not be read. Tell your operator."
        telling.pause(account_id, campaign_id, why=why)
        return None


def _compiled(account_id: int, campaign_id: int) -> CompiledCampaign | None:
    campaigns = Campaign.objects.for_account(account_id).select_related("sender", "account")
    campaign = campaigns.filter(pk=campaign_id).first()
    if campaign is None or campaign.sender is None:
        return None
    links = Link.objects.for_account(account_id).filter(
        campaign_id=campaign_id, has_merge_tags=True
    )
    return CompiledCampaign(
        campaign=campaign,
        account=campaign.account,
        sender=campaign.sender,
        personal_links=tuple(links.order_by("number").values_list("number", "target")),
        tracking_url=tracking_url_of(account_id),
        signer=signer_of(account_id, campaign.sender.address),
        bounces_to=bounces_to(account_id, campaign.sender.address),
    )


def freeze_targets(campaign: CompiledCampaign, people: Iterable[Handed]) -> set[int]:
    """Store the own targets of people who may be tracked, before any of their mails leaves.

    Returns the contacts whose clicks can be tracked.
    """
    tracked = [person for person in people if person.clicks]
    if not campaign.personal_links:
        return {person.contact_id for person in tracked}
    rows: list[tuple[int, int, str]] = []
    able = set()
    for person in tracked:
        try:
            own = campaign.own_targets(person)
        except (LinkRefused, MergeFailed):
            continue
        able.add(person.contact_id)
        rows += [(person.contact_id, number, target) for number, target in own.items()]
    if rows:
        _store(campaign.campaign, rows)
    return able


def _store(campaign: Campaign, rows: list[tuple[int, int, str]]) -> None:
    contact_ids, numbers, targets = zip(*rows, strict=True)
    with use_account(campaign.account_id), connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO link_target (account_id, campaign_id, contact_id, number, target)
            SELECT %s, %s, u.* FROM unnest(%s::bigint[], %s::smallint[], %s::text[]) u
            ON CONFLICT DO NOTHING""",
            [campaign.account_id, campaign.pk, list(contact_ids), list(numbers), list(targets)],
        )
