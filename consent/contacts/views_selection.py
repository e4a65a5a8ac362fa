"""Blocking the contacts a member chose on the list, and lifting it: acts of the ledger."""

from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from consent.contacts.views import LIFTABLE
from consent.ledger.suppressing import lift, suppress
from marketing.access import MemberRequest, member_view
from marketing.audience.selecting import Selection, count, hashes_of
from marketing.audience.views_selection import list_of
from marketing.models import Suppression

MOST: Final = 10_000  # at once, in one transaction that holds the ledger


@require_POST
@member_view("edit_contacts")
def contacts_block(request: MemberRequest) -> HttpResponse:
    """Ask with the number of people, then block them, one record each."""
    member, selection = request.member, Selection.posted(request.POST)
    if request.POST.get("sure") != "1":
        return _ask(request, selection)
    blocked = suppress(
        member.account_id,
        hashes_of(member.account, selection, most=MOST),
        Suppression.Reason.MEMBER,
        note=f"Blocked by {member.user.display_name}",
        member_id=member.pk,
    )
    messages.success(request, f"{blocked:,} blocked. They get no mail.")
    return redirect("marketing:contacts", member.account_id)


@require_POST
@member_view("edit_contacts")
def contacts_unblock(request: MemberRequest) -> HttpResponse:
    """Lift what members and imports brought; complaints and bounces stay."""
    member, selection = request.member, Selection.posted(request.POST)
    hashes = hashes_of(member.account, selection, most=MOST)
    lifted = sum(
        lift(member.account_id, hashes, reason, member_id=member.pk) for reason in LIFTABLE
    )
    messages.success(request, f"{lifted:,} unblocked. Complaints and bounces stay.")
    return redirect("marketing:contacts", member.account_id)


def _ask(request: MemberRequest, selection: Selection) -> HttpResponse:
    people = count(request.member.account, selection)
    if not 0 < people <= MOST:
        text = f"At most {MOST:,} people can be blocked at once." if people else "Tick somebody."
        messages.error(request, text)
        return redirect(list_of(request))
    page = {
        "people": people,
        "selection": selection,
        "block_url": reverse("consent:contacts_block", args=[request.member.account_id]),
        "back_url": list_of(request),
    }
    return render(request, "consent/contacts_block.html", page)
