"""Marketing > Settings: reports to look at, the provider's address, who gets replies."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketing.access import MemberRequest, may, member_view
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Sender
from tracking.inbound.hooks import KEYS, VIEWS, hook_url
from tracking.inbound.models import HookKey, InboundReport
from tracking.inbound.pages import acting
from tracking.inbound.pages.forms import KeyForm, ProviderForm, RouteForm
from tracking.inbound.pages.reading import alarms_of, own_provider, page_of


@require_safe
@member_view("see_settings")
def reports(request: MemberRequest) -> HttpResponse:
    """Reports that our rules could not read."""
    account_id = request.member.account_id
    before = request.GET.get("before", "")
    found = page_of(account_id, before)
    url = reverse("tracking:reports", args=[account_id])
    page = {
        "lines": found.lines,
        "alarms": alarms_of(account_id),
        "next_url": f"{url}?before={found.older}" if found.older else "",
        "first_url": url if before else "",
        "may_act": may(request.member, "edit_settings"),
        "tabs": settings_tabs(account_id, "Deliverability"),
    }
    return render(request, "tracking/reports.html", page)


@require_POST
@member_view("edit_settings")
def report_settle(request: MemberRequest, report_id: int) -> HttpResponse:
    """Nothing to do, or nothing more to that address. A second press changes nothing."""
    reports = InboundReport.objects.for_account(request.member.account)
    report = reports.select_for_update().get_or_404(pk=report_id)
    block = request.POST.get("act") == "block"
    if report.needs_review:
        acting.settle(report, block=block, by=request.member)
        messages.success(request, "Blocked: that address gets nothing more." if block else "Done.")
    return redirect("tracking:reports", request.member.account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def provider(request: MemberRequest) -> HttpResponse:
    """The address of one provider, and the key of its signatures."""
    account_id = request.member.account_id
    code = request.POST.get("provider") or request.GET.get("provider", "")
    code = code if code in VIEWS else own_provider(account_id)
    form = KeyForm(request.POST or None, provider=code) if code in KEYS else None
    if request.method == "POST":
        if form is None and request.POST.get("act") == "confirmed":
            acting.has_answered(code, by=request.member)
        elif form is not None and form.is_valid():
            acting.keep_key(code, form.cleaned_data["key"], by=request.member)
            messages.success(request, "Key kept.")
        if form is None or form.is_valid():
            return redirect(f"{reverse('tracking:provider', args=[account_id])}?provider={code}")
    page = {
        "choice": ProviderForm(initial={"provider": code}),
        "form": form,
        "kept": HookKey.objects.for_account(account_id).filter(provider=code).first(),
        "url": hook_url(account_id, code),
        "tabs": settings_tabs(account_id, "Deliverability"),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "tracking/provider.html", page, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def reply_route(request: MemberRequest, sender_id: int) -> HttpResponse:
    """Who gets the replies to a sender's mails that reach us."""
    account = request.member.account
    sender = Sender.objects.for_account(account).get_or_404(pk=sender_id)
    form = RouteForm(request.POST or None, sender=sender)
    if request.method == "POST" and form.is_valid():
        words = dict(form.fields["to"].choices)[form.cleaned_data["to"]]  # type: ignore[attr-defined]
        acting.route(sender, form.choice(), words=words, by=request.member)
        messages.success(request, f"Replies to {sender.address}: saved.")
        return redirect("marketing:settings_senders", account.pk)
    page = {"sender": sender, "form": form, "tabs": settings_tabs(account.pk, "Senders")}
    status = 422 if form.errors else 200
    return render(request, "tracking/reply_route.html", page, status=status)
