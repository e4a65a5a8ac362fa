"""Marketing > Settings > Deliverability."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketing.access import MemberRequest, may, member_view
from marketing.accounts.settings_tabs import settings_tabs
from tracking.deliverability.showing import page_of, provider_hook


@require_safe
@member_view("see_settings")
def deliverability(request: MemberRequest) -> HttpResponse:
    """How mail is received, and what to do next."""
    account = request.member.account
    page = page_of(account.pk) | {
        "tabs": settings_tabs(account.pk, "Deliverability"),
        # The address holds a secret: only who may change the settings sees it.
        "may_edit": may(request.member, "edit_settings"),
        "hook": provider_hook(account.pk) if may(request.member, "edit_settings") else "",
    }
    return render(request, "tracking/deliverability.html", page)
