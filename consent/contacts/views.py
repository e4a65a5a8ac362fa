"""Fragments and acts on a contact's page that only the room of the ledger can give."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from consent.contacts.timeline import timeline_of
from consent.contacts.verdict import verdict_of
from consent.ledger.suppressing import lift, suppress
from consent.suppressed.reading import lines_of
from consent.suppressed.showing import lift_url
from marketing.access import MemberRequest, member_view
from marketing.models import Contact, Suppression

# A complaint is the person's own word: no member lifts it. A bounce needs a reason of its own, on
# the page Suppression.
LIFTABLE = (Suppression.Reason.MEMBER, Suppression.Reason.IMPORT)


@require_GET
@member_view("see")
def contact_timeline(request: MemberRequest, contact_id: int) -> HttpResponse:
    """What this person was asked and did; a fragment, and a page of its own without script."""
    found = _contact(request, contact_id)
    page = {"contact": found, "items": timeline_of(found)}
    is_fragment = request.headers.get("HX-Request") == "true"
    name = "contact_timeline_items" if is_fragment else "contact_timeline"
    return render(request, f"consent/{name}.html", page)


@require_GET
@member_view("see")
def contact_verdict(request: MemberRequest, contact_id: int) -> HttpResponse:
    """What the gate says now and why; a fragment, and a page of its own without script."""
    found = _contact(request, contact_id)
    page = {"contact": found, "verdict": verdict_of(found)}
    is_fragment = request.headers.get("HX-Request") == "true"
    name = "contact_verdict_card" if is_fragment else "contact_verdict"
    return render(request, f"consent/{name}.html", page)


@require_POST
@member_view("edit_contacts")
def contact_block(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Never mail this address again, until a member lifts it. A record in the ledger."""
    member = request.member
    found = _contact(request, contact_id)
    suppress(
        member.account_id,
        [bytes(found.address_hash)],
        Suppression.Reason.MEMBER,
        note=f"Blocked by {member.user.display_name}",
        member_id=member.pk,
    )
    messages.success(request, f"{found.name} is blocked and gets no mail.")
    return redirect("marketing:contact", member.account_id, found.pk)


@require_POST
@member_view("edit_contacts")
def contact_unblock(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Lift what members and imports brought. A complaint stays; a bounce asks what has changed."""
    member = request.member
    found = _contact(request, contact_id)
    hashes = [bytes(found.address_hash)]
    for reason in LIFTABLE:
        lift(member.account_id, hashes, reason, member_id=member.pk)
    bounced = (
        Suppression.objects.for_account(member.account)
        .filter(address_hash=found.address_hash, reason=Suppression.Reason.BOUNCE)
        .first()
    )
    if bounced is not None:
        (line,) = lines_of(member.account, [bounced])
        return redirect(lift_url(member.account_id, bounced.pk, record=line.record))
    messages.success(request, f"{found.name} is no longer blocked.")
    return redirect("marketing:contact", member.account_id, found.pk)


def _contact(request: MemberRequest, contact_id: int) -> Contact:
    found: Contact = (
        Contact.objects.for_account(request.member.account)
        .select_related("account")
        .get_or_404(pk=contact_id)
    )
    return found
