"""The part of a contact's page that only this room can give: the campaigns of that person."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from marketing.access import MemberRequest, member_view
from marketing.models import Contact
from tracking.statistics.contact_history import MOST, campaigns_of


@require_safe
@member_view("see")
def of_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Each campaign with state and reason; a fragment, and a page of its own without script."""
    account = request.member.account
    contact: Contact = Contact.objects.for_account(account).get_or_404(pk=contact_id)
    lines = campaigns_of(contact, zone=account.time_zone)
    page = {
        "contact": contact,
        "contact_id": contact.pk,
        "account_id": account.pk,
        "lines": lines[:MOST],
        "more": len(lines) > MOST,
    }
    is_fragment = request.headers.get("HX-Request") == "true"
    name = "contact_campaigns_table" if is_fragment else "contact_campaigns"
    return render(request, f"tracking/{name}.html", page)
