"""The campaign of a URL, and what all pages of one campaign show around their content."""

from dataclasses import dataclass
from typing import Any

from django.urls import NoReverseMatch, reverse

from campaigns.launching.showing.moments import moment
from campaigns.models import Campaign
from marketing.access import MemberRequest, may
from marketing.models import Member

_TABS = (
    ("Overview", "campaigns:overview"),
    ("Statistics", "tracking:statistics"),
    ("Recipients", "tracking:recipients"),
    ("Content", "campaigns:content"),
    ("Settings", "campaigns:settings"),
)
State = Campaign.State


@dataclass(frozen=True, slots=True)
class Action:
    """One act a member may do now; `fragment` opens it as a dialog."""

    label: str
    url: str
    icon: str
    is_post: bool = False
    fragment: str = ""


def campaign_of(request: MemberRequest, campaign_id: int) -> Campaign:
    """The account's campaign, or 404."""
    found: Campaign = (
        Campaign.objects.for_account(request.member.account)
        .select_related("sender", "launched_by__user", "consent_form")
        .get_or_404(pk=campaign_id)
    )
    return found


def campaign_tabs(campaign: Campaign, current: str) -> list[dict[str, Any]]:
    """The tabs of a launched campaign; a tab appears with its page."""
    return [
        {"label": label, "url": url, "is_current": label == current}
        for label, name in _TABS
        if (url := _url(name, campaign))
    ]


def campaign_page(request: MemberRequest, campaign: Campaign, tab: str) -> dict[str, Any]:
    """Context of every page of one campaign: head, tabs, acts."""
    return {
        "campaign": campaign,
        "tabs": campaign_tabs(campaign, tab),
        "facts": facts_of(campaign, request.member.account.time_zone),
        "actions": actions_of(campaign, request.member),
        "may_edit": may(request.member, "edit_campaigns"),
        "may_launch": may(request.member, "launch"),
    }


def facts_of(campaign: Campaign, zone: str) -> str:
    """Who launched or scheduled it, and when."""
    by = f" by {campaign.launched_by.user.display_name}" if campaign.launched_by else ""
    if campaign.launched_at:
        return f"Launched {moment(campaign.launched_at, zone)}{by}"
    if campaign.state == State.SCHEDULED:
        return f"Scheduled{by} for {moment(campaign.scheduled_at, zone)}"
    return "Not launched yet"


def actions_of(campaign: Campaign, member: Member) -> list[Action]:
    """What the member may do with a campaign in its state."""
    state = campaign.state
    going = state in (State.PREPARING, State.SENDING, State.WAITING)
    held = state == State.PAUSED and campaign.state_before_pause == State.SCHEDULED
    edits, launches = may(member, "edit_campaigns"), may(member, "launch")
    shown = (
        (launches and going, "Pause", "campaigns:pause", "player-pause", ""),
        (launches and state == State.PAUSED and not held, "Resume", "campaigns:resume",
         "player-play", ""),
        (launches and (going or state == State.PAUSED) and not held, "Stop…", "campaigns:stop",
         "player-stop", "#dialog"),
        (edits and (held or state == State.SCHEDULED), "Back to draft", "campaigns:back_to_draft",
         "pencil", ""),
        (edits and state in Campaign.EDITABLE, "Edit", "campaigns:editor", "pencil", "link"),
        (edits, "Copy", "campaigns:copy", "copy", ""),
    )  # fmt: skip
    return [
        Action(
            label,
            _url(name, campaign),
            icon,
            is_post=not fragment,
            fragment=fragment if fragment != "link" else "",
        )
        for on, label, name, icon, fragment in shown
        if on
    ]


def open_url(campaign: Campaign) -> str:
    """Where a campaign opens: the editor while it is a draft, else its Overview."""
    name = "editor" if campaign.state == State.DRAFT else "overview"
    return _url(f"campaigns:{name}", campaign)


def _url(name: str, campaign: Campaign) -> str:
    try:
        return reverse(name, args=[campaign.account_id, campaign.pk])
    except NoReverseMatch:
        return ""
