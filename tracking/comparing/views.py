"""Campaigns side by side, and the groups of one campaign."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.launching.showing.finding import campaign_of
from campaigns.measuring.small_groups import hides_small_groups
from marketing.access import MemberRequest, member_view
from tracking.comparing.reading import groups_of, last_campaigns
from tracking.comparing.showing import basis_lines, campaign_lines, country_lines


@require_safe
@member_view("see")
def campaigns(request: MemberRequest) -> HttpResponse:
    """The last ten campaigns, by the same bases."""
    account = request.member.account
    hides = hides_small_groups(account.pk)
    lines = campaign_lines(last_campaigns(account.pk), zone=account.time_zone, hides=hides)
    return render(request, "tracking/compared.html", {"lines": lines})


@require_safe
@member_view("see")
def groups(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """Who was sent the mail, by country and by consent basis."""
    campaign = campaign_of(request, campaign_id)
    hides = hides_small_groups(campaign.account_id)
    page = {
        "campaign": campaign,
        "countries": country_lines(groups_of(campaign, "country"), hides=hides),
        "bases": basis_lines(groups_of(campaign, "basis"), hides=hides),
    }
    return render(request, "tracking/groups.html", page)
