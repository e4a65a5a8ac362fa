"""Marketing > Settings > Domains."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts.auditing import record
from marketing.accounts.settings_tabs import settings_tabs
from marketing.domains import showing
from marketing.domains.adding import add_domain
from marketing.domains.forms import DomainForm
from marketing.domains.keys import keys_of, make_keys
from marketing.domains.tending import ask_for_check
from marketing.models import Sender, SenderDomain
from marketing.sealing import may_seal
from marketing.tasks import ring_domain_check


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def settings_domains(request: MemberRequest) -> HttpResponse:
    """The account's domains, and a form that adds one with its first keys."""
    member = request.member
    account = member.account
    form = DomainForm(account=account)
    if request.method == "POST":
        require(member, "edit_settings")
        form = DomainForm(request.POST, account=account)
        if not may_seal():
            form.add_error(None, "The operator has not set a key for secrets yet.")
        if form.is_valid():
            domain = add_domain(form.cleaned_data["domain"], by=member)
            return redirect("marketing:settings_domain", account.pk, domain.pk)
    page = {
        "form": form,
        "domains": SenderDomain.objects.for_account(account).order_by("domain"),
        "tabs": settings_tabs(account.pk, "Domains"),
        "may_save": may(member, "edit_settings"),
    }
    status = 422 if form.errors else 200
    return render(request, "marketing/settings_domains.html", page, status=status)


@require_safe
@member_view("see_settings")
def settings_domain(request: MemberRequest, domain_id: int) -> HttpResponse:
    """One domain: what to publish, what was found, what to do next."""
    account = request.member.account
    domain = SenderDomain.objects.for_account(account).get_or_404(pk=domain_id)
    page = {
        "domain": domain,
        "rows": showing.rows_of(domain),
        "notes": showing.notes_of(domain),
        "key_lines": showing.key_lines(domain),
        "is_waiting": showing.is_waiting(domain),
        "tabs": settings_tabs(account.pk, "Domains"),
        "may_save": may(request.member, "edit_settings"),
    }
    return render(request, "marketing/settings_domain.html", page)


@require_POST
@member_view("edit_settings")
def domain_check(request: MemberRequest, domain_id: int) -> HttpResponse:
    """Look at the DNS now, in the background."""
    account = request.member.account
    domain = SenderDomain.objects.for_account(account).get_or_404(pk=domain_id)
    ask_for_check(domain)
    ring_domain_check(account.pk, domain.pk)
    return redirect("marketing:settings_domain", account.pk, domain.pk)


@require_POST
@member_view("edit_settings")
def domain_new_keys(request: MemberRequest, domain_id: int) -> HttpResponse:
    """Begin a change of keys; one at a time."""
    member = request.member
    domain = SenderDomain.objects.for_account(member.account).get_or_404(pk=domain_id)
    if keys_of(domain).filter(active_at__isnull=True).exists():
        messages.error(request, "The newest keys do not sign yet: publish them first.")
    else:
        pair = make_keys(domain)
        named = ", ".join(pair.selectors)
        record(member.account, by=member, act="domain.keys", subject=domain.domain, after=named)
        messages.success(request, "New keys are made. Publish the two records that are missing.")
    return redirect("marketing:settings_domain", member.account_id, domain.pk)


@require_POST
@member_view("edit_settings")
def domain_remove(request: MemberRequest, domain_id: int) -> HttpResponse:
    """Remove a domain no sender uses, with its keys."""
    member = request.member
    domain = SenderDomain.objects.for_account(member.account).get_or_404(pk=domain_id)
    senders = Sender.objects.for_account(member.account)
    if senders.filter(address__iendswith=f"@{domain.domain}").exists():
        messages.error(request, f"A sender uses {domain.domain}: remove the sender first.")
        return redirect("marketing:settings_domain", member.account_id, domain.pk)
    record(member.account, by=member, act="domain.removed", subject=domain.domain)
    domain.delete()
    messages.success(request, f"{domain.domain} is removed.")
    return redirect("marketing:settings_domains", member.account_id)
