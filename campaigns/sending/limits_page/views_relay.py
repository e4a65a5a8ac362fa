"""Settings > Sending limits > Mail server: an account's own relay, tested by a button."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.sending.limits_page import saving
from campaigns.sending.limits_page.forms import ProviderForm, SmtpForm
from campaigns.sending.limits_page.page import TAB
from campaigns.sending.relays.models import OwnRelay
from campaigns.sending.relays.sealing import may_seal
from campaigns.sending.relays.tasks import ring_test
from marketing.access import MemberRequest, member_view
from marketing.accounts.settings_tabs import settings_tabs


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def settings_relay(request: MemberRequest) -> HttpResponse:
    """Two forms: an SMTP account, or a provider's key."""
    smtp_form, provider_form = SmtpForm(), ProviderForm()
    if request.method == "POST" and may_seal():
        if request.POST.get("kind") == OwnRelay.Kind.PROVIDER:
            provider_form = ProviderForm(request.POST)
            if provider_form.is_valid():
                saving.keep_provider(provider_form, by=request.member)
                return _kept(request)
        else:
            smtp_form = SmtpForm(request.POST)
            if smtp_form.is_valid():
                saving.keep_smtp(smtp_form, by=request.member)
                return _kept(request)
    tabs = settings_tabs(request.member.account_id, TAB)
    page: dict[str, object] = {"smtp_form": smtp_form, "provider_form": provider_form}
    page |= {"tabs": tabs, "may_seal": may_seal()}
    status = 422 if request.method == "POST" else 200
    return render(request, "campaigns/settings_relay.html", page, status=status)


@require_POST
@member_view("edit_settings")
def relay_test(request: MemberRequest) -> HttpResponse:
    """Send a test mail to the member, by the account's own relay."""
    member = request.member
    if saving.ask_for_test(by=member):
        ring_test(member.account_id)
        messages.success(request, f"A test mail is on its way to {member.user.email}.")
    return redirect("campaigns:settings_sending", member.account_id)


@require_POST
@member_view("edit_settings")
def relay_remove(request: MemberRequest) -> HttpResponse:
    """Go back to the operator's relays."""
    saving.remove_relay(by=request.member)
    messages.success(request, "Your mail leaves by the servers of this house again.")
    return redirect("campaigns:settings_sending", request.member.account_id)


@require_http_methods(["GET", "HEAD"])
@member_view("edit_settings")
def relay_state(request: MemberRequest) -> HttpResponse:
    """How the last test ended: asked for every two seconds while one runs."""
    own = OwnRelay.objects.for_account(request.member.account).first()
    return render(request, "campaigns/relay_state.html", {"own": own})


def _kept(request: MemberRequest) -> HttpResponse:
    messages.success(request, "Saved. Send a test before the next campaign.")
    return redirect("campaigns:settings_sending", request.member.account_id)
