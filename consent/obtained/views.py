"""Obtained consents as a file, made in the background."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from consent.obtained.exporting import begin_export
from consent.obtained.tasks import export
from marketing.access import MemberRequest, member_view


@require_POST
@member_view("edit_contacts")
def consents_export(request: MemberRequest) -> HttpResponse:
    """Have a file made of the records the list shows; the toast leads to it."""
    made = begin_export(request.member, request.POST.get("query", ""))
    transaction.on_commit(partial(export.delay, made.account_id, made.pk))
    url = reverse("marketing:export", args=[made.account_id, made.pk])
    text = format_html('The file is being made. <a href="{}">See the file</a>', url)
    messages.success(request, text)
    query = str(made.params["query"])
    back = reverse("consent:consents", args=[made.account_id])
    return redirect(f"{back}?{query}" if query.isprintable() and query else back)
