"""Marketing > Settings > More."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from marketing.access import MemberRequest, member_view, require
from marketing.accounts.saving import words_of_saving
from marketing.accounts.settings_tabs import settings_tabs
from marketing.rules.forms import CountryForm, MoreForm, stored
from marketing.rules.more_page import more_page
from marketing.rules.relocating import change_country, preview
from marketing.rules.saving import Locked, save_more
from marketing.rules.wording import cannot_be_turned_off


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
        changed = save_more(account, form.wanted(), by=member)
    except Locked:
        form.add_error("consent", cannot_be_turned_off(account.country))
        return _page(request, form, 422)
    messages.success(request, words_of_saving(changed=changed))
    return redirect("marketing:settings_more", account.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("change_country")
def settings_country(request: MemberRequest) -> HttpResponse:
    """Move the account to another country's rules: the owner's act."""
    account = request.member.account
    form = CountryForm({"country": account.country} | request.GET.dict())
    if request.method == "POST":
        form = CountryForm(request.POST)
        if form.is_valid():
            changed = change_country(account, form.cleaned_data["country"], by=request.member)
            messages.success(request, words_of_saving(changed=changed))
            return redirect("marketing:settings_more", account.pk)
    wanted = form.cleaned_data["country"] if form.is_valid() else account.country
    page = {"form": form, "tabs": settings_tabs(account.pk, "More")} | preview(account, wanted)
    status = 422 if form.errors else 200
    return render(request, "marketing/settings_country.html", page, status=status)


def _page(request: MemberRequest, form: MoreForm, status: int) -> HttpResponse:
    page = more_page(request.member, form)
    return render(request, "marketing/settings_more.html", page, status=status)
