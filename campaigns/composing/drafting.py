"""Drafts: a new campaign with the account's defaults, saving cards against a version number."""

from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils import timezone

from campaigns.composing import blocks
from campaigns.composing.models import Campaign, CampaignSegment
from campaigns.measuring.marking import own_marks, save_marks
from consent.forms.versions import standard_form
from marketing.accounts import auditing
from marketing.models import Account, Member
from marketing.rules.deciding import asks_for_consent, is_consent_locked
from marketing.senders.using import may_use


class NotTheirs(Exception):
    """The member may not use this sender."""


class ChangedElsewhere(Exception):
    """Another tab or member saved since this one was loaded, or the campaign was launched."""


class ConsentLocked(Exception):
    """Require newsletter consent can not be off in the account's country."""


class TrackingOff(Exception):
    """A campaign can not track while tracking is off for the whole account."""


def new_campaign(
    account: Account, *, by: Member, name: str, document: blocks.Document | None = None
) -> Campaign:
    """A draft with the account's switches; call inside `use_account`."""
    if account.first_campaign_at is None:
        first = Account.objects.filter(pk=account.pk, first_campaign_at=None)
        first.update(first_campaign_at=timezone.now())
    campaign: Campaign = Campaign.objects.create(
        account=account,
        name=name,
        content=blocks.as_data(document or blocks.starting_document()),
        track_opens=account.tracking,
        track_clicks=account.tracking,
        require_consent=asks_for_consent(account),
        consent_form_id=account.consent_form_id or standard_form(account).pk,
        created_by=by,
        changed_by=by,
    )
    return campaign


def copy_of(campaign: Campaign, *, by: Member) -> Campaign:
    """A new draft with the same content and segments; switches no looser than today's rules."""
    account = by.account
    copied: Campaign = Campaign.objects.create(
        account=account,
        name=f"Copy of {campaign.name}"[:120],
        sender_id=campaign.sender_id,
        reply_to=campaign.reply_to,
        subject=campaign.subject,
        preheader=campaign.preheader,
        content=campaign.content,
        language=campaign.language,
        track_opens=campaign.track_opens and account.tracking,
        track_clicks=campaign.track_clicks and account.tracking,
        require_consent=campaign.require_consent or is_consent_locked(account),
        consent_form_id=campaign.consent_form_id,
        waiting_days=campaign.waiting_days,
        created_by=by,
        changed_by=by,
    )
    own = own_marks(campaign)
    if own.pk:  # not utm_campaign: web statistics tell the two apart by it
        kept = ("is_off", "utm_source", "utm_medium", "utm_content")
        save_marks(copied, {name: getattr(own, name) for name in kept})
    for side in CampaignSegment.Side.values:
        rows = CampaignSegment.objects.for_account(account).filter(campaign=campaign, side=side)
        _store_side(copied, side, rows.values_list("segment_id", flat=True))
    return copied


def save(
    campaign: Campaign, *, version: int, fields: dict[str, Any], by: Member | None = None
) -> None:
    """Store fields of a draft that nobody changed since `version`; raises ChangedElsewhere.

    Raises NotTheirs for another sender that is not `by`'s to use. Call inside `use_account`;
    `campaign.version` is the new one afterwards.
    """
    sender = fields.get("sender")
    if sender is not None and sender.pk != campaign.sender_id and not may_use(sender, by):
        raise NotTheirs
    now = timezone.now()
    changed = (
        Campaign.objects.for_account(campaign.account_id)
        .editable()
        .filter(pk=campaign.pk, version=version)
        .update(**fields, version=F("version") + 1, changed_at=now, changed_by=by)
    )
    if not changed:
        raise ChangedElsewhere
    for name, value in fields.items():
        setattr(campaign, name, value)
    campaign.version, campaign.changed_at, campaign.changed_by = version + 1, now, by


def save_segments(
    campaign: Campaign,
    *,
    version: int,
    inside: Iterable[int],
    outside: Iterable[int],
    by: Member | None = None,
) -> None:
    """Store who is in and who is left out."""
    save(campaign, version=version, fields={}, by=by)
    CampaignSegment.objects.for_account(campaign.account_id).filter(campaign=campaign).delete()
    _store_side(campaign, CampaignSegment.Side.IN, inside)
    _store_side(campaign, CampaignSegment.Side.OUT, outside)


def save_more(
    campaign: Campaign,
    *,
    version: int,
    fields: dict[str, Any],
    by: Member,
    marks: dict[str, Any] | None = None,
) -> None:
    """Store the card More; raises ConsentLocked (with an audit line) and TrackingOff.

    `marks` are its UTM parameters, None where the account adds none.
    A campaign may always tighten; it loosens only what its account and country leave free.
    """
    if not fields["require_consent"] and is_consent_locked(by.account):
        auditing.record(
            by.account,
            by=by,
            act="lock.forced",
            subject=f"Campaign {campaign.name}, Require newsletter consent",
            before="on",
            after="off, refused",
        )
        raise ConsentLocked
    if not by.account.tracking and (fields["track_opens"] or fields["track_clicks"]):
        raise TrackingOff
    save(campaign, version=version, fields=fields, by=by)
    if marks is not None:
        save_marks(campaign, marks)


def _store_side(campaign: Campaign, side: str, segment_ids: Iterable[int]) -> None:
    CampaignSegment.objects.bulk_create(
        CampaignSegment(
            account_id=campaign.account_id,
            campaign_id=campaign.pk,
            segment_id=segment_id,
            side=side,
        )
        for segment_id in segment_ids
    )
