"""Pages of accounts: the chooser, Settings > Mail, and the audit log."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from marketing.access import MemberRequest, member_view, require
from marketing.accounts.auditing import label
from marketing.accounts.context import memberships_of
from marketing.accounts.forms import MailForm
from marketing.accounts.mail_page import mail_page
from marketing.accounts.models import AuditLine
from marketing.accounts.saving import save_mail_settings, words_of_saving
from marketing.queries import number_in

LINES_PER_PAGE = 50


@require_GET
@login_required
def accounts(request: HttpRequest) -> HttpResponse:
    """Choose an account; who has only one goes straight to it."""
    memberships = memberships_of(request.user.pk or 0)
    if len(memberships) == 1:
        return redirect("marketing:home", memberships[0].account_id)
    return render(request, "marketing/accounts.html", {"memberships": memberships})


@require_GET
@member_view("see_settings")
def settings(request: MemberRequest) -> HttpResponse:
    """Settings open with their first tab."""
    return redirect("marketing:settings_mail", request.member.account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def settings_mail(request: MemberRequest) -> HttpResponse:
    """Name, postal address, time zone; the logo has a form of its own."""
    member = request.member
    form = None
    if request.method == "POST":
        require(member, "edit_settings")
        form = MailForm(request.POST)
        if form.is_valid():
            changed = save_mail_settings(member.account, form.cleaned_data, by=member)
            messages.success(request, words_of_saving(changed=changed))
            return redirect("marketing:settings_mail", member.account_id)
    page = mail_page(member, form=form)
    return render(request, "marketing/settings_mail.html", page, status=422 if form else 200)


@require_GET
@member_view("see_audit")
def audit(request: MemberRequest) -> HttpResponse:
    """The audit log, newest first, page by page from a line's number downwards."""
    account = request.member.account
    lines = AuditLine.objects.for_account(account).order_by("-id")
    if before := number_in(request.GET.get("before", "")):
        lines = lines.filter(id__lt=before)
    found = list(lines[: LINES_PER_PAGE + 1])
    shown = found[:LINES_PER_PAGE]
    page = {
        "lines": [(line, label(line.act)) for line in shown],
        "next_url": f"?before={shown[-1].pk}" if len(found) > len(shown) else "",
        "first_url": "?" if before else "",
        "zone": account.time_zone,
    }
    return render(request, "marketing/audit.html", page)
