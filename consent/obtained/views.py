"""Obtained consents as a file, made in the background."""

from functools import partial

from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from consent.obtained.exporting import begin_export
from consent.obtained.tasks import export
from marketing.access import MemberRequest, member_view
from marketing.exporting.begun import back_to_list


@require_POST
@member_view("edit_contacts")
def consents_export(request: MemberRequest) -> HttpResponse:
    """Have a file made of the records the list shows; the toast leads to it."""
    made = begin_export(request.member, request.POST.get("query", ""))
    transaction.on_commit(partial(export.delay, made.account_id, made.pk))
    return back_to_list(request, made, url=reverse("consent:consents", args=[made.account_id]))
