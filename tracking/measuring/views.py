"""Marketing > Settings > Measuring."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts.saving import words_of_saving
from marketing.accounts.settings_tabs import settings_tabs
from marketing.audience.domains import readable
from tracking.measuring.checking import wanted_of
from tracking.measuring.forms import HostForm, MeasuringForm
from tracking.measuring.saving import FIELDS, choose_host, measuring_of, save_measuring
from tracking.measuring.showing import lines_of
from tracking.tasks import check_host


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def measuring(request: MemberRequest) -> HttpResponse:
    """What is kept, what is hidden, what is added to links."""
    form = None
    if request.method == "POST":
        require(request.member, "edit_settings")
        form = MeasuringForm(request.POST)
        if form.is_valid():
            account = request.member.account
            changed = save_measuring(account, form.cleaned_data, by=request.member)
            messages.success(request, words_of_saving(changed=changed))
            return redirect("tracking:measuring", request.member.account_id)
    return _page(request, form=form)


@require_POST
@member_view("edit_settings")
def host(request: MemberRequest) -> HttpResponse:
    """Name a host, look it up again, or go without."""
    account, act = request.member.account, request.POST.get("act", "")
    if act == "name":
        form = HostForm(request.POST)
        if not form.is_valid():
            return _page(request, host_form=form)
        choose_host(account, form.cleaned_data["host"], by=request.member)
    elif act == "remove":
        choose_host(account, "", by=request.member)
    transaction.on_commit(lambda: check_host.delay(account.pk))
    return redirect("tracking:measuring", account.pk)


@require_GET
@member_view("see_settings")
def host_current(request: MemberRequest) -> HttpResponse:
    """The account's own host and its state, as plain text for the page of a domain."""
    chosen = measuring_of(request.member.account)
    told = "none yet"
    if chosen.host:
        state = "verified" if chosen.host_verified_at else "not verified yet"
        told = f"{readable(chosen.host)}, {state}"
    return HttpResponse(told, content_type="text/plain; charset=utf-8")


def _page(
    request: MemberRequest, *, form: MeasuringForm | None = None, host_form: HostForm | None = None
) -> HttpResponse:
    account = request.member.account
    chosen = measuring_of(account)
    page = {
        "form": form or MeasuringForm(initial={name: getattr(chosen, name) for name in FIELDS}),
        "host_form": host_form or HostForm(),
        "chosen": chosen,
        "records": wanted_of(chosen) if chosen.host else (),
        "lines": lines_of(account),
        "tabs": settings_tabs(account.pk, "Measuring"),
        "may_save": may(request.member, "edit_settings"),
    }
    status = 422 if form or host_form else 200
    return render(request, "tracking/measuring.html", page, status=status)
