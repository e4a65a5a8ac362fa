"""Pages about what happened with a campaign: Statistics, Recipients, one person, settling."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.views.decorators.http import require_POST, require_safe

from campaigns.launching.showing.finding import campaign_of, campaign_page
from campaigns.launching.showing.moments import moment
from campaigns.measuring.small_groups import hides_small_groups
from campaigns.models import Campaign
from campaigns.recipients import moving
from marketing.access import MemberRequest, may, member_view
from marketing.models import Export
from tracking.click_map.drawing import click_map_of
from tracking.measuring.small_groups import charts_of_groups, figures_shown
from tracking.statistics.exporting import begin_export
from tracking.statistics.exporting_numbers import begin_numbers
from tracking.statistics.filters import Filters
from tracking.statistics.listing import Row, recipient_of
from tracking.statistics.numbers import numbers_of
from tracking.statistics.over_time import over_times_of
from tracking.statistics.person import person_of
from tracking.statistics.recipients_page import recipients_of
from tracking.tasks import export, export_numbers

EXCEL = ("format", "xlsx")
SETTLED = {"sent": "Counted as sent.", "again": "The mail is sent again."}


@require_safe
@member_view("see")
def statistics(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Did people read it, did they click, how sure is that?"""
    campaign, zone = campaign_of(request, campaign_id), request.member.account.time_zone
    page = campaign_page(request, campaign, "Statistics")
    numbers, charts = numbers_of(campaign), over_times_of(campaign, zone=zone)
    hides = hides_small_groups(campaign.account_id)
    charts = charts_of_groups(charts) if hides else charts
    figures = figures_shown(campaign, numbers, hides=hides)
    page |= {
        "is_sent": numbers.progress.sent > 0,
        "may_export": may(request.member, "export_recipients"),
        "excel_fields": [EXCEL],
        "asof": moment(timezone.now(), zone),
        "figures": figures,
        "click_map": click_map_of(campaign, figures.links),
        "charts": charts,
        "over_time": charts[request.GET.get("period") == "all"],
    }
    return render(request, "tracking/statistics.html", page)


@require_POST
@member_view("export_recipients")
def statistics_export(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Have a file made of the page's numbers; the toast leads to it."""
    campaign = campaign_of(request, campaign_id)
    wanted = _format(request)
    made = begin_numbers(request.member, campaign, file_format=wanted)
    transaction.on_commit(partial(export_numbers.delay, made.account_id, made.pk))
    _say_where(request, made)
    return redirect("tracking:statistics", campaign.account_id, campaign.pk)


@require_safe
@member_view("see")
def recipients(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Who received, opened, clicked? Why did this person not get it?"""
    campaign = campaign_of(request, campaign_id)
    page = campaign_page(request, campaign, "Recipients")
    page["may_export"] = may(request.member, "export_recipients")
    page |= recipients_of(campaign, request.GET, zone=request.member.account.time_zone)
    page["excel_fields"] = [*page["filters"].given(), EXCEL]
    return render(request, "tracking/recipients.html", page)


@require_POST
@member_view("export_recipients")
def recipients_export(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Have a file made of the rows as filtered; the toast leads to it."""
    campaign, filters = campaign_of(request, campaign_id), Filters.of(request.POST)
    wanted = _format(request)
    made = begin_export(request.member, campaign, filters, file_format=wanted)
    transaction.on_commit(partial(export.delay, made.account_id, made.pk))
    _say_where(request, made)
    shown = reverse("tracking:recipients", args=[campaign.account_id, campaign.pk])
    return redirect(shown + (filters.url() if filters.is_any else ""))


@require_safe
@member_view("see")
def recipient(request: MemberRequest, campaign_id: int, contact_id: int) -> HttpResponse:
    """One person: what happened and why. A drawer, and a page of its own without script."""
    campaign = campaign_of(request, campaign_id)
    row = _row(campaign, contact_id)
    page = {
        "campaign": campaign,
        "contact_id": contact_id,
        "person": person_of(campaign, row, account=request.member.account),
        "may_settle": may(request.member, "launch"),
    }
    return render(request, "tracking/recipient.html", page)


@require_POST
@member_view("launch")
def settle(request: MemberRequest, campaign_id: int, contact_id: int) -> HttpResponse:
    """A member decides on Outcome unknown: count as sent, or send again."""
    campaign = campaign_of(request, campaign_id)
    _row(campaign, contact_id)
    act = request.POST.get("act", "")
    if act not in SETTLED:
        raise Http404
    moved = moving.settle(
        campaign.account_id,
        [(campaign.pk, contact_id)],
        as_sent=act == "sent",
        member_id=request.member.pk,
    )
    if moved:
        messages.success(request, SETTLED[act])
    else:
        messages.error(request, "Nothing was changed: the outcome is known by now.")
    return redirect("tracking:recipient", campaign.account_id, campaign.pk, contact_id)


def _format(request: MemberRequest) -> str:
    return "xlsx" if request.POST.get("format") == "xlsx" else "csv"


def _say_where(request: MemberRequest, made: Export) -> None:
    url = reverse("marketing:export", args=[made.account_id, made.pk])
    text = format_html('The file is being made. <a href="{}">See the file</a>', url)
    messages.success(request, text)


def _row(campaign: Campaign, contact_id: int) -> Row:
    row = recipient_of(campaign, contact_id)
    if row is None:
        raise Http404
    return row
