"""Launch: now or at a time. The content freezes, preparing starts; due schedules too."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import F
from django.utils import timezone

from campaigns.composing.freezing import Frozen, freeze
from campaigns.launching.happening import happened
from campaigns.launching.preparing import locked_campaign
from campaigns.launching.readiness import NotLaunchable, Problem, not_theirs, problems_of
from campaigns.models import Campaign, Link
from consent.forms.versions import standard_form
from marketing.accounts import auditing
from marketing.models import Account, Member
from marketing.rules.deciding import is_consent_locked, rule_for
from marketing.tenancy import use_account

__all__ = ["Held", "NotLaunchable", "Problem", "launch", "launch_due"]

State = Campaign.State


@dataclass(frozen=True, slots=True)
class Held:
    """A scheduled campaign that its checks held at the hour: the mail to whoever scheduled it."""

    to: str
    subject: str
    text: str


def launch(campaign: Campaign, *, by: Member, at: datetime | None = None) -> None:
    """Launch now, or schedule for `at`. Raises NotLaunchable with everything to mend.

    Two launches at once: the campaign's row is locked, the second finds it launched.
    """
    with use_account(campaign.account_id):
        current = _editable(campaign.account_id, campaign.pk)
        problems = [*problems_of(current, by.account, at=at), *not_theirs(current, by)]
        if problems:
            raise NotLaunchable(problems)
        if at is None:
            _start(current, by.account, by=by)
        else:
            _schedule(current, at, by=by)
        campaign.refresh_from_db()


def launch_due(account_id: int, campaign_id: int) -> Held | None:
    """Launch a scheduled campaign whose hour has come; Held where its checks fail: it is paused."""
    with use_account(account_id):
        campaign = locked_campaign(account_id, campaign_id)
        if campaign is None or not _is_due(campaign):
            return None
        account = Account.objects.get(pk=account_id)
        by = campaign.launched_by
        problems = [*problems_of(campaign, account), *not_theirs(campaign, by)]
        if not problems:
            _start(campaign, account, by=by)
            return None
        return _hold(campaign, ". ".join(problem.text for problem in problems) + ".")


def _editable(account_id: int, campaign_id: int) -> Campaign:
    current = locked_campaign(account_id, campaign_id)
    if current is None or current.state not in Campaign.EDITABLE:
        raise NotLaunchable([Problem("launch", "", "This campaign was launched already")])
    return current


def _is_due(campaign: Campaign) -> bool:
    at = campaign.scheduled_at
    return campaign.state == State.SCHEDULED and at is not None and at <= timezone.now()


def _start(campaign: Campaign, account: Account, *, by: Member | None) -> None:
    now = timezone.now()
    frozen = freeze(campaign, account)
    Campaign.objects.for_account(account).filter(
        pk=campaign.pk, state__in=Campaign.EDITABLE
    ).update(
        state=State.PREPARING,
        launched_by=by,
        launched_at=now,
        frozen_country=account.country,
        frozen_rules_version_id=rule_for(account.country).version_id,
        html=frozen.html,
        text=frozen.text,
        version=F("version") + 1,
        **_tightened(campaign, account),
    )
    _store_links(campaign, frozen)
    who = by.user.display_name if by else "Assent"
    happened(campaign, "launched", f"Launched by {who}", by=by, at=now)
    auditing.record(account, by=by, act="campaign.launched", subject=campaign.name)


def _tightened(campaign: Campaign, account: Account) -> dict[str, object]:
    """The switches as the account and its country allow today; a draft may be older."""
    form_id = campaign.consent_form_id or account.consent_form_id or standard_form(account).pk
    return {
        "require_consent": campaign.require_consent or is_consent_locked(account),
        "track_opens": campaign.track_opens and account.tracking,
        "track_clicks": campaign.track_clicks and account.tracking,
        "consent_form_id": form_id,
    }


def _store_links(campaign: Campaign, frozen: Frozen) -> None:
    Link.objects.for_account(campaign.account_id).filter(campaign=campaign).delete()
    Link.objects.bulk_create(
        Link(
            account_id=campaign.account_id,
            campaign_id=campaign.pk,
            number=link.number,
            target=link.target,
            label=(link.words or link.label)[:200],  # what the reader saw, before merging
            has_merge_tags=link.has_merge_tags,
        )
        for link in frozen.links
    )


def _schedule(campaign: Campaign, at: datetime, *, by: Member) -> None:
    Campaign.objects.for_account(campaign.account_id).filter(
        pk=campaign.pk, state__in=Campaign.EDITABLE
    ).update(state=State.SCHEDULED, scheduled_at=at, launched_by=by)
    zone = by.account.time_zone
    when = f"{at.astimezone(ZoneInfo(zone)):%-d %b %Y, %H:%M} ({zone})"
    text = f"Scheduled by {by.user.display_name} for {when}"
    happened(campaign, "scheduled", text, by=by)
    auditing.record(by.account, by=by, act="campaign.scheduled", subject=campaign.name, after=when)


def _hold(campaign: Campaign, why: str) -> Held | None:
    Campaign.objects.for_account(campaign.account_id).filter(
        pk=campaign.pk, state=State.SCHEDULED
    ).update(state=State.PAUSED, state_before_pause=State.SCHEDULED, paused_why=why[:300])
    happened(campaign, "held", f"Not launched at the hour: {why}")
    by = campaign.launched_by
    if by is None:
        return None
    auditing.record(by.account, by=None, act="campaign.held", subject=campaign.name, after=why)
    return Held(
        to=by.user.email,
        subject=f"“{campaign.name}” was not launched",
        text=f"Its checks failed at the hour, so it is paused.\n\n{why}\n\n"
        "Open the campaign, mend this, and launch it again.\n",
    )
