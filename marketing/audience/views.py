"""Pages about contacts: the list, adding one, a contact's own page, changing, deleting."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from marketing.access import MemberRequest, may, member_view
from marketing.audience.contacts import (
    AlreadyKnown,
    LoosensRule,
    WasErased,
    add_contact,
    change_contact,
    delete_contact,
)
from marketing.audience.forms import AddContactForm, DetailsForm
from marketing.audience.models import Contact
from marketing.audience.showing import list_page
from marketing.audience.showing.listing import one_row

ERASED = "This person had their data erased. They can come back themselves, nobody can add them."
ADMIN_NEEDED = "The law of this country asks less than before: an admin has to make this change."


@require_GET
@member_view("see")
def contacts(request: MemberRequest) -> HttpResponse:
    """Whom do we know, whom may we mail?"""
    page = list_page.contacts_list(request.member.account, request.GET)
    page["may_edit"] = may(request.member, "edit_contacts")
    return render(request, "marketing/contacts.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def contact_add(request: MemberRequest) -> HttpResponse:
    """Add one contact; an address we know already leads to its page."""
    account = request.member.account
    form = AddContactForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        address = form.cleaned_data["address"]
        try:
            source = f"Added by {request.member.user.display_name}"
            contact = add_contact(account, address, form.details(), source=source)
        except AlreadyKnown as known:
            form.add_error("address", "You have a contact with this address already.")
            return render(
                request, "marketing/contact_add.html", {"form": form, "known": known}, status=422
            )
        except WasErased:
            form.add_error("address", ERASED)
            return render(request, "marketing/contact_add.html", {"form": form}, status=422)
        messages.success(request, f"{contact.name} added. Nobody has been mailed.")
        return redirect("marketing:contact", account.pk, contact.pk)
    status = 422 if form.errors else 200
    return render(request, "marketing/contact_add.html", {"form": form}, status=status)


@require_GET
@member_view("see")
def contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """One contact: consent, basis, fields; the timeline comes from the room that owns it."""
    account = request.member.account
    found: Contact = Contact.objects.for_account(account).get_or_404(pk=contact_id)
    page = {
        "contact": found,
        "row": one_row(account, found.pk),
        "known": list_page.known_about(found),
        "basis": list_page.basis_of(found),
        "suppressed": list_page.suppression_of(found),
        "may_edit": may(request.member, "edit_contacts"),
    }
    return render(request, "marketing/contact.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def contact_edit(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Change what we know; the address belongs to the person and stays."""
    account = request.member.account
    found: Contact = Contact.objects.for_account(account).get_or_404(pk=contact_id)
    form = DetailsForm(request.POST if request.method == "POST" else None, initial=_initial(found))
    if request.method == "POST" and form.is_valid():
        try:
            change_contact(found, form.details(found.fields), by=request.member)
        except LoosensRule:
            form.add_error("country", ADMIN_NEEDED)
        else:
            messages.success(request, "Saved.")
            return redirect("marketing:contact", account.pk, found.pk)
    page = {"form": form, "contact": found}
    return render(request, "marketing/contact_edit.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_contacts")
def contact_delete(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Ask, then forget the contact; what the address said or was asked stays remembered."""
    account = request.member.account
    found: Contact = Contact.objects.for_account(account).get_or_404(pk=contact_id)
    if request.method == "POST":
        delete_contact(found)
        messages.success(request, f"{found.name} deleted.")
        return redirect("marketing:contacts", account.pk)
    return render(request, "marketing/contact_delete.html", {"contact": found})


def _initial(contact: Contact) -> dict[str, Any]:
    return {name: getattr(contact, name) for name in DetailsForm.base_fields}
