"""Pages about segments: the list with counts, adding, changing, deleting."""

from typing import Any

from django.contrib import messages
from django.db.models import RestrictedError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from marketing.access import MemberRequest, may, member_view
from marketing.audience.forms import RuleFormSet, SegmentForm
from marketing.audience.models import Segment
from marketing.audience.segments import describe, people_of
from marketing.audience.selecting import custom_fields


@require_GET
@member_view("see")
def segments(request: MemberRequest) -> HttpResponse:
    """The segments with how many people are in each now."""
    account = request.member.account
    found = Segment.objects.for_account(account).order_by("name")
    rows = [
        (segment, describe(segment), people_of(account, [segment]).count(), _actions(segment))
        for segment in found
    ]
    page = {"rows": rows, "may_edit": may(request.member, "edit_contacts")}
    return render(request, "marketing/segments.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def segment_add(request: MemberRequest) -> HttpResponse:
    """A new segment."""
    return _edit(request, Segment(account=request.member.account))


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def segment_edit(request: MemberRequest, segment_id: int) -> HttpResponse:
    """Change name, kind or rules; campaigns that are sending look again for joiners only."""
    account = request.member.account
    return _edit(request, Segment.objects.for_account(account).get_or_404(pk=segment_id))


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def segment_delete(request: MemberRequest, segment_id: int) -> HttpResponse:
    """Ask, then delete the segment; its people stay."""
    account = request.member.account
    segment = Segment.objects.for_account(account).get_or_404(pk=segment_id)
    if request.method == "POST":
        try:
            segment.delete()
        except RestrictedError:
            messages.error(request, f"{segment.name} is used by a campaign and stays.")
        else:
            messages.success(request, f"{segment.name} deleted. Its people are still there.")
        return redirect("marketing:segments", account.pk)
    return render(request, "marketing/segment_delete.html", {"segment": segment})


def _edit(request: MemberRequest, segment: Segment) -> HttpResponse:
    account = request.member.account
    data = request.POST if request.method == "POST" else None
    initial = {"name": segment.name, "kind": segment.kind or "rules"}
    form = SegmentForm(data, initial=initial, account=account, segment_id=segment.pk or 0)
    own = custom_fields(account)
    rules = RuleFormSet(
        data, initial=segment.rules, prefix="rule", form_kwargs={"custom_fields": own}
    )
    if request.method == "POST" and form.is_valid() and rules.is_valid():
        chosen = [_rule(row.cleaned_data) for row in rules if row.cleaned_data.get("field")]
        if chosen or form.cleaned_data["kind"] != Segment.Kind.RULES:
            segment.name, segment.kind = form.cleaned_data["name"], form.cleaned_data["kind"]
            segment.rules = chosen
            segment.save()
            messages.success(request, f"{segment.name} saved.")
            return redirect("marketing:segments", account.pk)
        form.add_error("kind", "Add at least one rule.")
    status = 422 if request.method == "POST" else 200
    page = {"form": form, "rules": rules, "segment": segment}
    return render(request, "marketing/segment_edit.html", page, status=status)


def _actions(segment: Segment) -> list[dict[str, str]]:
    """The "..." menu of a row."""
    at = [segment.account_id, segment.pk]
    people = f"{reverse('marketing:contacts', args=at[:1])}?segment={segment.pk}"
    return [
        {"label": "See the people", "url": people, "icon": "users"},
        {"label": "Edit", "url": reverse("marketing:segment_edit", args=at), "icon": "pencil"},
        {"label": "Delete", "url": reverse("marketing:segment_delete", args=at), "icon": "trash"},
    ]


def _rule(data: dict[str, Any]) -> dict[str, str]:
    return {name: data[name] for name in ("field", "operator", "value")}
