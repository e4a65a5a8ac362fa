"""What Home shows of campaigns: those that run, and the last ones that ended."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.launching.showing.finding import actions_of, open_url
from campaigns.launching.showing.listing import rows_of
from campaigns.models import Campaign
from marketing.access import MemberRequest, member_view

RUNNING = 5
ENDED = 3


@require_safe
@member_view("see")
def home_fragment(request: MemberRequest) -> HttpResponse:
    """What is to be settled and two small tables, loaded by Home."""
    account = request.member.account
    campaigns = Campaign.objects.for_account(account)
    running = list(campaigns.running().order_by("-id")[:RUNNING])
    ended = list(
        campaigns.filter(state__in=[Campaign.State.FINISHED, Campaign.State.STOPPED]).order_by(
            "-launched_at"
        )[:ENDED]
    )
    rows: list[dict[str, Any]] = [
        {
            "it": row,
            "campaign": row.campaign,
            "open_url": open_url(row.campaign),
            "actions": actions_of(row.campaign, request.member),
        }
        for row in rows_of(account, [*running, *ended])
    ]
    page = {
        "running": rows[: len(running)],
        "ended": rows[len(running) :],
        "unsettled": [row for row in rows if row["it"].progress and row["it"].progress.unknown],
    }
    return render(request, "campaigns/home_fragment.html", page)


@require_safe
@member_view("see_settings")
def kept_drafts(request: MemberRequest) -> HttpResponse:
    """One sentence for Settings, More: how many drafts a changed switch leaves as they are."""
    drafts = Campaign.objects.for_account(request.member.account).filter(state=Campaign.State.DRAFT)
    number = drafts.count()
    kept = f"{number:,} drafts keep" if number > 1 else "1 draft keeps"
    more = f" {kept} {'their' if number > 1 else 'its'} own setting." if number else ""
    return HttpResponse(f"Applies to new campaigns.{more}")
