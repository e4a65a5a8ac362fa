"""Suppression: who must not be mailed and why, and what became of an imported list."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from consent.suppressed.models import SuppressionImport
from consent.suppressed.showing import suppression_list
from marketing.access import MemberRequest, may, member_view


@require_safe
@member_view("see")
def suppression(request: MemberRequest) -> HttpResponse:
    """Every suppressed address, newest first."""
    may_edit = may(request.member, "edit_contacts")
    page = suppression_list(request.member.account, request.GET, may_edit=may_edit)
    return render(request, "consent/suppression.html", page | {"may_edit": may_edit})


@require_GET
@member_view("see")
def suppression_imported(request: MemberRequest, suppression_import_id: int) -> HttpResponse:
    """Progress, then what became of the rows. The card polls itself while it runs."""
    rows = SuppressionImport.objects.for_account(request.member.account).defer("content")
    imported = rows.get_or_404(pk=suppression_import_id)
    return render(request, "consent/suppression_imported.html", {"imported": imported})
