"""Pages about the ledger: Obtained consents, one record, its evidence, a look at the chain."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from consent.ledger import chain, evidence
from consent.ledger.showing import consents_list
from consent.models import ConsentRecord
from marketing.access import MemberRequest, may, member_view


@require_GET
@member_view("see")
def consents(request: MemberRequest) -> HttpResponse:
    """Every question, answer and withdrawal, newest first."""
    page = consents_list(request.member.account, request.GET)
    page["may_check"] = may(request.member, "edit_settings")
    page["may_export"] = may(request.member, "edit_contacts")
    return render(request, "consent/consents.html", page)


@require_GET
@member_view("see")
def record(request: MemberRequest, seq: int) -> HttpResponse:
    """One record: can we prove it?"""
    account = request.member.account
    found: ConsentRecord = ConsentRecord.objects.for_account(account).get_or_404(seq=seq)
    return render(request, "consent/record.html", evidence.record_page(account, found))


@require_POST
@member_view("edit_settings")
def chain_check(request: MemberRequest) -> HttpResponse:
    """Look at the whole chain now, and write down what was found."""
    found = chain.check(request.member.account_id)
    if found.bad_seq is None:
        messages.success(request, f"Chain of {found.records:,} records intact.")
    else:
        messages.error(request, f"The chain is broken at record {found.bad_seq:,}.")
    return redirect("consent:consents", request.member.account_id)
