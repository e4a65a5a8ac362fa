"""What admins decide about keeping and erasing."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from consent.erasing.erasing import erase
from consent.erasing.keeping import KeepingForm, keep_for
from marketing.access import MemberRequest, member_view
from marketing.accounts.auditing import record
from marketing.accounts.saving import words_of_saving
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Contact
from marketing.tasks import hand_over_mail


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def keeping(request: MemberRequest) -> HttpResponse:
    """How long proof is kept."""
    account = request.member.account
    form = KeepingForm(initial={"proof_months": account.proof_months})
    if request.method == "POST":
        form = KeepingForm(request.POST)
        if form.is_valid():
            changed = keep_for(account, form.cleaned_data["proof_months"], by=request.member)
            messages.success(request, words_of_saving(changed=changed))
            return redirect("marketing:settings_more", account.pk)
    page = {"form": form, "tabs": settings_tabs(account.pk, "More")}
    return render(request, "consent/keeping.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def contact_erase(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Erase everything about a person who asked for it; they get a receipt by mail."""
    account = request.member.account
    contact: Contact = Contact.objects.for_account(account).get_or_404(pk=contact_id)
    if request.method != "POST":
        return render(request, "consent/contact_erase.html", {"contact": contact})
    receipt = erase(account, bytes(contact.address_hash), member_id=request.member.pk)
    record(account, by=request.member, act="contact.erased", subject=f"Contact {contact_id}")
    if receipt is not None:
        hand_over_mail(**receipt.mail())
    messages.success(request, "Erased. The person gets a receipt by mail.")
    return redirect("marketing:contacts", account.pk)
