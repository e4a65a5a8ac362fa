"""Pages of campaigns: the list, and Overview, Content, Settings of one."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from campaigns.launching.showing.finding import actions_of, campaign_of, campaign_page, open_url
from campaigns.launching.showing.listing import (
    DATES,
    Filters,
    campaigns_page,
    counts_by_pill,
    rows_of,
)
from campaigns.launching.showing.overview import overview_of
from campaigns.launching.showing.readable import readable
from campaigns.launching.showing.settled import settled_facts
from campaigns.models import Campaign
from marketing.access import MemberRequest, may, member_view
from marketing.models import Sender


@require_safe
@member_view("see")
def campaigns(request: MemberRequest) -> HttpResponse:
    """The list, newest first."""
    member, filters = request.member, Filters.of(request.GET)
    found = campaigns_page(member.account, filters)
    page = {
        "filters": filters,
        "pills": (pills := counts_by_pill(member.account, filters)),
        "selects": _selects(request, filters),
        "keep": [("status", filters.status)],
        "rows": [_shown(row, request) for row in found.rows],
        "next_url": found.next_url,
        "previous_url": filters.url() if filters.before else "",
        "range": _range(len(found.rows), pills),
        "list_url": reverse("campaigns:campaigns", args=[member.account_id]),
        "may_edit": may(member, "edit_campaigns"),
    }
    return render(request, "campaigns/campaigns.html", page)


@require_safe
@member_view("see")
def row(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """One row of the list, polled while it runs."""
    campaign = campaign_of(request, campaign_id)
    found = rows_of(request.member.account, [campaign])[0]
    return render(request, "campaigns/row.html", {"row": _shown(found, request)})


@require_safe
@member_view("see")
def overview(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """How it goes: counts, consent requests, what happened. Drafts open in the editor."""
    campaign = campaign_of(request, campaign_id)
    if campaign.state == Campaign.State.DRAFT and may(request.member, "edit_campaigns"):
        return redirect(open_url(campaign))
    page = campaign_page(request, campaign, "Overview")
    page["overview"] = overview_of(campaign, request.member.account)
    return render(request, "campaigns/overview.html", page)


@require_safe
@member_view("see")
def running(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """The running part of the Overview; 204 when nothing changed since `seen`.

    Where the page was drawn in another `state`, its facts and acts come along.
    """
    campaign = campaign_of(request, campaign_id)
    found = overview_of(campaign, request.member.account)
    if request.GET.get("seen") == found.fingerprint:
        return HttpResponse(status=204)
    page = campaign_page(request, campaign, "Overview") | {"overview": found, "is_alone": True}
    page["is_other_state"] = request.GET.get("state") != campaign.state
    return render(request, "campaigns/running.html", page)


@require_GET
@member_view("see")
def content(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """The mail as it was frozen, or as it stands."""
    campaign = campaign_of(request, campaign_id)
    page = campaign_page(request, campaign, "Content") | {"subject": readable(campaign.subject)}
    return render(request, "campaigns/content.html", page)


@require_GET
@member_view("see")
def settings(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Sender, subject, segments and More, read only."""
    campaign = campaign_of(request, campaign_id)
    page = campaign_page(request, campaign, "Settings")
    page["groups"] = settled_facts(campaign, request.member.account)
    return render(request, "campaigns/settings.html", page)


def _range(shown: int, pills: list[dict[str, Any]]) -> str:
    """ "7 campaigns", or "25 of 38 campaigns" where there are more than the page holds."""
    total = next((pill["count"] for pill in pills if pill["is_current"]), shown)
    of = f"{shown:,} of {total:,}" if shown < total else f"{shown:,}"
    return f"{of} campaign{'' if total == 1 else 's'}"


def _shown(row: object, request: MemberRequest) -> dict[str, object]:
    campaign: Campaign = row.campaign  # type: ignore[attr-defined]
    return {
        "it": row,
        "campaign": campaign,
        "open_url": open_url(campaign),
        "actions": actions_of(campaign, request.member),
    }


def _selects(request: MemberRequest, filters: Filters) -> list[dict[str, object]]:
    senders = Sender.objects.for_account(request.member.account).order_by("name", "id")
    named = [
        ("", "Any sender"),
        *((str(sender.pk), str(sender)) for sender in senders),
    ]
    return [
        {
            "name": name,
            "label": choices[0][1],
            "icon": icon,
            "options": [(value, label, value == chosen) for value, label in choices],
        }
        for name, icon, choices, chosen in (
            ("days", "calendar", list(DATES), filters.days),
            ("sender", "at", named, filters.sender),
        )
    ]
