"""What is done with the contacts a member chose on the list: a fixed list, a file."""

from functools import partial

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.views.decorators.http import require_POST

from marketing.access import MemberRequest, member_view
from marketing.audience.exporting import begin_export
from marketing.audience.models import Segment
from marketing.audience.selecting import Selection, add_to_segment
from marketing.audience.tasks import export
from marketing.queries import number_in


@require_POST
@member_view("edit_contacts")
def contacts_add_to_segment(request: MemberRequest) -> HttpResponse:
    """Put the chosen contacts into a fixed list."""
    account = request.member.account
    wanted = number_in(request.POST.get("segment", ""))
    segment = Segment.objects.for_account(account).filter(kind=Segment.Kind.FIXED)
    chosen = segment.filter(pk=wanted).first()
    if chosen is None:
        raise Http404
    added = add_to_segment(account, chosen, Selection.posted(request.POST))
    messages.success(request, f"{added:,} added to {chosen.name}.")
    return redirect(list_of(request))


@require_POST
@member_view("edit_contacts")
def contacts_export(request: MemberRequest) -> HttpResponse:
    """Have a file made of the chosen contacts; the toast leads to it."""
    selection = Selection.posted(request.POST)
    if not selection.is_all and not selection.ids:
        messages.error(request, "Tick somebody first.")
        return redirect(list_of(request))
    made = begin_export(request.member, selection)
    transaction.on_commit(partial(export.delay, made.account_id, made.pk))
    url = reverse("marketing:export", args=[made.account_id, made.pk])
    text = format_html('The file is being made. <a href="{}">See the file</a>', url)
    messages.success(request, text)
    return redirect(list_of(request))


def list_of(request: MemberRequest) -> str:
    """Back to the list as it was filtered."""
    url = reverse("marketing:contacts", args=[request.member.account_id])
    query = request.POST.get("query", "").replace("\n", "").replace("\r", "")[:2_000]
    return f"{url}?{query}" if query else url
