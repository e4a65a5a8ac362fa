"""The mail with its clicks drawn on it, in a frame of its own that runs nothing."""

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from campaigns.composing.merging import MergeFailed
from campaigns.launching.editing.preview_people import values_for
from campaigns.launching.editing.views_preview import POLICY
from campaigns.launching.showing.finding import campaign_of
from campaigns.measuring.small_groups import hides_small_groups
from campaigns.models import Campaign
from marketing.access import MemberRequest, member_view
from marketing.models import Account
from tracking.click_map.drawing import click_map_of, drawn_mail
from tracking.measuring.small_groups import figures_shown
from tracking.statistics.numbers import numbers_of


@require_safe
@member_view("see")
def click_map(request: MemberRequest, campaign_id: int) -> HttpResponse:
    """For a sample person."""
    campaign = campaign_of(request, campaign_id)
    response = HttpResponse(_drawn(campaign, request.member.account))
    response["Content-Security-Policy"] = POLICY
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _drawn(campaign: Campaign, account: Account) -> str:
    hides = hides_small_groups(campaign.account_id)
    figures = figures_shown(campaign, numbers_of(campaign), hides=hides)
    shown = click_map_of(campaign, figures.links)
    if shown is None:
        return _("There is nothing to draw.")
    try:
        return drawn_mail(campaign, shown, values_for(account, ""))
    except MergeFailed:
        return _("This mail cannot be drawn.")
