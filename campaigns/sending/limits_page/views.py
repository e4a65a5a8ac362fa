"""Marketing > Settings > Sending limits: limits and warm-up plans."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.sending.limits_page import saving
from campaigns.sending.limits_page.forms import LimitForm, WarmUpForm
from campaigns.sending.limits_page.page import sending_page
from campaigns.sending.rates.models import SendingLimit, WarmUp
from marketing.access import MemberRequest, member_view

SAVED = "Saved. In the audit log."


@require_http_methods(["GET", "HEAD"])
@member_view("see_settings")
def settings_sending(request: MemberRequest) -> HttpResponse:
    """The way out, today's numbers, limits and plans."""
    return render(request, "campaigns/settings_sending.html", sending_page(request.member))


@require_POST
@member_view("edit_settings")
def limit_add(request: MemberRequest) -> HttpResponse:
    """Hold the account to one more limit."""
    member = request.member
    form = LimitForm(request.POST, account=member.account)
    if not form.is_valid():
        page = sending_page(member, limit_form=form)
        return render(request, "campaigns/settings_sending.html", page, status=422)
    saving.add_limit(form, by=member)
    return _saved(request)


@require_POST
@member_view("edit_settings")
def limit_remove(request: MemberRequest, limit_id: int) -> HttpResponse:
    """Take a limit away."""
    limit = SendingLimit.objects.for_account(request.member.account).get_or_404(pk=limit_id)
    saving.remove_limit(limit, by=request.member)
    return _saved(request)


@require_POST
@member_view("edit_settings")
def warm_up_add(request: MemberRequest) -> HttpResponse:
    """Let a sender domain grow day by day."""
    member = request.member
    form = WarmUpForm(request.POST, account=member.account)
    if not form.is_valid():
        page = sending_page(member, warm_up_form=form)
        return render(request, "campaigns/settings_sending.html", page, status=422)
    saving.add_warm_up(form, by=member)
    return _saved(request)


@require_POST
@member_view("edit_settings")
def warm_up_remove(request: MemberRequest, warm_up_id: int) -> HttpResponse:
    """End a plan."""
    plan = WarmUp.objects.for_account(request.member.account).get_or_404(pk=warm_up_id)
    saving.remove_warm_up(plan, by=request.member)
    return _saved(request)


def _saved(request: MemberRequest) -> HttpResponse:
    messages.success(request, SAVED)
    return redirect("campaigns:settings_sending", request.member.account_id)
