"""The account's logo: shown, uploaded, removed."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from marketing.access import MemberRequest, member_view, require
from marketing.accounts.forms import LogoForm
from marketing.accounts.logos import keep_logo, logo_of, remove_logo
from marketing.accounts.mail_page import mail_page


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def logo(request: MemberRequest) -> HttpResponse:
    """GET the picture; POST another one."""
    member = request.member
    account = member.account
    if request.method == "POST":
        require(member, "edit_settings")
        form = LogoForm(request.POST, request.FILES)
        if not form.is_valid():
            page = mail_page(member, logo_form=form)
            return render(request, "marketing/settings_mail.html", page, status=422)
        keep_logo(account, form.picture, by=member)
        messages.success(request, "Saved. In the audit log.")
        return redirect("marketing:settings_mail", account.pk)
    found = logo_of(account)
    if found is None:
        raise Http404
    return HttpResponse(bytes(found.png), content_type="image/png")


@require_POST
@member_view("edit_settings")
def logo_remove(request: MemberRequest) -> HttpResponse:
    """Forget the picture."""
    remove_logo(request.member.account, by=request.member)
    messages.success(request, "The logo is removed. In the audit log.")
    return redirect("marketing:settings_mail", request.member.account_id)
