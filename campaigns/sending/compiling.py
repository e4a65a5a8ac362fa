"""A campaign's frozen templates made ready once per slice, and one person's mail made from them.

Links are rewritten, and the picture's URL given, only for people who may be tracked; everybody
else gets the author's bytes. One token per person, shared by all links: the number chooses a
stored target.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaigns.composing.freezing import own_hosts
from campaigns.composing.links import rewrite
from campaigns.composing.merging import (
    MergeFailed,
    MergeTemplate,
    html_template,
    subject_template,
    text_template,
)
from campaigns.composing.targets import LinkRefused, person_target
from campaigns.models import Campaign, Link
from campaigns.sending import addressing
from campaigns.sending.loading import Handed
from campaigns.sending.transports import Outgoing
from mailwire.message import Mail
from marketing.models import Account, Sender
from marketing.signing import choices_url, leave_url, tokens
from marketing.tenancy import use_account


@dataclass(frozen=True)
class CompiledCampaign:
    """What all mails of one campaign share. Templates are parsed when first needed."""

    campaign: Campaign
    account: Account
    sender: Sender
    personal_links: tuple[tuple[int, str], ...]  # number and target with merge tags

    @cached_property
    def _subject(self) -> MergeTemplate:
        return subject_template(self.campaign.subject)

    @cached_property
    def _parts(self) -> dict[bool, tuple[MergeTemplate, MergeTemplate]]:
        return {}

    def parts(self, *, clicks: bool) -> tuple[MergeTemplate, MergeTemplate]:
        """HTML and text template, with or without links through our redirect."""
        if clicks not in self._parts:
            html = self.campaign.html
            if clicks:
                html = rewrite(
                    html, lambda number: f"{{{{ links_url }}}}/{number}", own_hosts=own_hosts()
                )
            self._parts[clicks] = html_template(html), text_template(self.campaign.text)
        return self._parts[clicks]

    def own_targets(self, person: Handed) -> dict[int, str]:
        """The person's own targets of links with merge tags. Raises LinkRefused, MergeFailed."""
        values = {"contact": person.values}
        return {
            number: person_target(target, lambda url: text_template(url).render(values))
            for number, target in self.personal_links
        }

    def outgoing(self, person: Handed, *, clicks: bool) -> Outgoing:
        """The person's mail. `clicks` is False where a target of theirs can not be stored.

        Raises MergeFailed, HeaderRefused.
        """
        values = self._values(person, clicks=clicks)
        html, text = self.parts(clicks=clicks)
        key = (person.account_id, person.campaign_id, person.contact_id)
        mail = Mail(
            from_name=self.sender.name,
            from_address=self.sender.address,
            to_address=person.address,
            reply_to=self.campaign.reply_to,
            subject=self._subject.render(values),
            message_id=addressing.message_id(*key),
            sent_at=timezone.now(),
            text=text.render(values),
            html=html.render(values),
            headers=self._headers(person),
        )
        return Outgoing(
            mail=mail,
            envelope_sender=addressing.envelope_sender(*key),
            verdict_at=person.verdict_at,
            account_id=person.account_id,
            campaign_id=person.campaign_id,
            contact_id=person.contact_id,
        )

    def _values(self, person: Handed, *, clicks: bool) -> dict[str, Any]:
        """The templates show the picture and the stop link only where their URL is given."""
        key = (person.account_id, person.campaign_id, person.contact_id)
        token = tokens.make("track", *key)
        choices = choices_url(*key)
        values = {
            "contact": person.values,
            "unsubscribe_url": leave_url(*key),
            "choices_url": choices,
            "preferences_url": choices,
        }
        if person.opens:
            values["pixel_url"] = f"{settings.TRACKING_URL}/pixel/{token}.gif"
        if clicks:
            values["links_url"] = f"{settings.TRACKING_URL}/link/{token}"
        if person.opens or clicks:
            values["stop_tracking_url"] = choices
        return values

    def _headers(self, person: Handed) -> tuple[tuple[str, str], ...]:
        key = (person.account_id, person.campaign_id, person.contact_id)
        account, campaign = f"a{person.account_id}", f"c{person.campaign_id}"
        return (
            ("List-Unsubscribe", f"<{leave_url(*key)}>, <{addressing.leave_mailto(*key)}>"),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
            ("List-Id", f"<news.{account}.{settings.MAIL_DOMAIN}>"),
            ("Feedback-ID", f"{campaign}:{account}:promo:assent"),
            ("Precedence", "bulk"),
            ("X-Auto-Response-Suppress", "OOF, AutoReply"),
        )


def compiled(account_id: int, campaign_id: int) -> CompiledCampaign | None:
    """Read a campaign for sending; None when it has no sender any more."""
    with use_account(account_id):
        campaign = (
            Campaign.objects.for_account(account_id)
            .select_related("sender", "account")
            .filter(pk=campaign_id)
            .first()
        )
        if campaign is None or campaign.sender is None:
            return None
        links = Link.objects.for_account(account_id).filter(
            campaign_id=campaign_id, has_merge_tags=True
        )
        personal = tuple(links.order_by("number").values_list("number", "target"))
    return CompiledCampaign(campaign, campaign.account, campaign.sender, personal)


def freeze_targets(campaign: CompiledCampaign, people: Iterable[Handed]) -> set[int]:
    """Store the own targets of people who may be tracked, before any of their mails leaves.

    Returns the contacts whose clicks can be tracked.
    """
    tracked = [person for person in people if person.clicks]
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
