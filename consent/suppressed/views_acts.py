"""Acts on suppressed addresses: add by hand, import a list, lift, have a file made."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from consent.importing.stopping import Stopped
from consent.suppressed.changing import LIFTABLE, add, lift_one
from consent.suppressed.exporting import begin_export
from consent.suppressed.forms import AddForm, FileForm, LiftForm
from consent.suppressed.importing import begin
from consent.suppressed.reading import lifting_after, lines_of
from consent.suppressed.tasks import export, run
from marketing.access import MemberRequest, member_view
from marketing.exporting.begun import back_to_list
from marketing.models import Suppression
from marketing.queries import number_in


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def suppression_add(request: MemberRequest) -> HttpResponse:
    """Addresses typed by hand, with a reason."""
    form = AddForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = add(
            form.cleaned_data["addresses"], reason=form.cleaned_data["reason"], by=request.member
        )
        messages.success(request, told.words)
        return redirect("consent:suppression", request.member.account_id)
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/suppression_add.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def suppression_import(request: MemberRequest) -> HttpResponse:
    """A list from elsewhere; its rows are stored in the background."""
    form = FileForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        given: Any = form.cleaned_data
        try:
            made = begin(
                given["file"], name=given["file"].name, source=given["source"], by=request.member
            )
        except Stopped as stopped:
            form.add_error("file", f"Nothing was imported. {stopped.sentence}")
        else:
            transaction.on_commit(partial(run.delay, made.account_id, made.pk))
            return redirect("consent:suppression_imported", made.account_id, made.pk)
    status = 422 if request.method == "POST" else 200
    return render(request, "consent/suppression_import.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def suppression_lift(request: MemberRequest, suppression_id: int) -> HttpResponse:
    """Let an address be mailed again; a complaint is nobody's to lift but the person's."""
    member = request.member
    row = Suppression.objects.for_account(member.account).filter(pk=suppression_id).first()
    if row is None:
        return _lifted_before(request)
    if row.reason not in LIFTABLE:
        raise Http404
    form = LiftForm(request.POST or None, is_bounce=row.reason == Suppression.Reason.BOUNCE)
    if request.method == "POST" and form.is_valid():
        lift_one(row, reason=form.cleaned_data["reason"], by=member)
        messages.success(request, "Lifted. The rules decide again whether this address is mailed.")
        return redirect("consent:suppression", member.account_id)
    (line,) = lines_of(member.account, [row])
    status = 422 if request.method == "POST" else 200
    page = {"form": form, "line": line}
    return render(request, "consent/suppression_lift.html", page, status=status)


def _lifted_before(request: MemberRequest) -> HttpResponse:
    """To the record that says when, by whom and why: by the browser's Back, or a colleague."""
    account, record = request.member.account, number_in(request.GET.get("record", ""))
    lifted = lifting_after(account, record) if record else None
    if lifted is None:
        raise Http404
    messages.info(request, "This was lifted already. Here stands when, by whom and why.")
    return redirect("consent:record", account.pk, lifted)


@require_POST
@member_view("edit_contacts")
def suppression_export(request: MemberRequest) -> HttpResponse:
    """Have a file made of the rows the list shows; the toast leads to it."""
    made = begin_export(request.member, request.POST.get("query", ""))
    transaction.on_commit(partial(export.delay, made.account_id, made.pk))
    return back_to_list(request, made, url=reverse("consent:suppression", args=[made.account_id]))
