"""Marketing > Settings > More."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.views.decorators.http import require_http_methods

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts.auditing import label
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Account, AuditLine
from marketing.rules.deciding import rule_for
from marketing.rules.forms import CountryForm, MoreForm, stored
from marketing.rules.relocating import change_country
from marketing.rules.saving import SUBJECT, Locked, save_more
from marketing.rules.wording import cannot_be_turned_off, consent_text, tracking_text

LAST_CHANGES = 4


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def settings_more(request: MemberRequest) -> HttpResponse:
    """Tracking, consent with its lock, sending hours. A refused attempt answers 422."""
    member = request.member
    account = member.account
    if request.method != "POST":
        return _page(request, MoreForm(initial=stored(account)), 200)
    require(member, "edit_settings")
    form = MoreForm(request.POST)
    if not form.is_valid():
        return _page(request, form, 422)
    try:
        save_more(account, form.wanted(), by=member)
    except Locked:
        form.add_error("consent", cannot_be_turned_off(account.country))
        return _page(request, form, 422)
    messages.success(request, "Saved. In the audit log.")
    return redirect("marketing:settings_more", account.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("change_country")
def settings_country(request: MemberRequest) -> HttpResponse:
    """Move the account to another country's rules: the owner's act."""
    account = request.member.account
    form = CountryForm(initial={"country": account.country})
    if request.method == "POST":
        form = CountryForm(request.POST)
        if form.is_valid():
            change_country(account, form.cleaned_data["country"], by=request.member)
            messages.success(request, "Saved. In the audit log.")
            return redirect("marketing:settings_more", account.pk)
    page = {"form": form, "tabs": settings_tabs(account.pk, "More")}
    status = 422 if form.errors else 200
    return render(request, "marketing/settings_country.html", page, status=status)


def _page(request: MemberRequest, form: MoreForm, status: int) -> HttpResponse:
    member = request.member
    account = member.account
    rule = rule_for(account.country)
    page = {
        "form": form,
        "tabs": settings_tabs(account.pk, "More"),
        "rule": rule,
        "tracking_text": tracking_text(rule, account.country),
        "consent_text": consent_text(rule, account.country),
        "consent_on": rule.consent_locked or form["consent"].value(),
        "meaning": _meaning(account, consent_locked=rule.consent_locked),
        "changes": _last_changes(account) if may(member, "see_audit") else [],
        "may_save": may(member, "edit_settings"),
        "now": timezone.localtime(),
    }
    return render(request, "marketing/settings_more.html", page, status=status)


def _meaning(account: Account, *, consent_locked: bool) -> list[tuple[str, str]]:
    """The card "What this means"."""
    consent = consent_locked or account.consent
    campaigns = "turn tracking off" if account.tracking else "not turn tracking on"
    unknown = "Treated as the strictest" if account.strict_unknown else "Treated as yours"
    return [
        (
            "New campaigns",
            f"Tracking {'on' if account.tracking else 'off'}, consent {'on' if consent else 'off'}",
        ),
        ("Campaigns may", f"{campaigns}. " + ("Never consent off." if consent_locked else "")),
        ("People in two countries", "The stricter rule counts"),
        ("Country unknown", unknown),
    ]


def _last_changes(account: Account) -> list[dict[str, Any]]:
    lines = AuditLine.objects.for_account(account).filter(
        act__in=["settings.changed", "lock.forced"]
    )
    return [
        {
            "icon": "lock" if line.act == "lock.forced" else "history",
            "title": line.after if line.subject == SUBJECT else label(line.act),
            "detail": f"{line.who}, {date_format(timezone.localtime(line.at), 'j M Y, H:i')}",
        }
        for line in lines[:LAST_CHANGES]
    ]
