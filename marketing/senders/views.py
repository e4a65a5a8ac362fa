"""Marketing > Settings > Senders."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts.auditing import record
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Sender
from marketing.senders.forms import SenderForm
from marketing.senders.removing import InUse, remove
from marketing.senders.verifying import UnknownLink, link_mail, sender_of_link, verify
from marketing.tasks import hand_over_mail


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_settings")
def settings_senders(request: MemberRequest) -> HttpResponse:
    """The account's senders, and a form that adds one, unverified."""
    member = request.member
    account = member.account
    form = SenderForm(account=account)
    if request.method == "POST":
        require(member, "edit_settings")
        form = SenderForm(request.POST, account=account)
        if form.is_valid():
            sender = Sender.objects.create(account=account, **form.cleaned_data)
            record(account, by=member, act="sender.added", subject=str(sender), after=str(sender))
            hand_over_mail(**link_mail(sender, account=account, who=member.user.display_name))
            messages.success(request, f"Sender added. A link is on its way to {sender.address}.")
            return redirect("marketing:settings_senders", account.pk)
    page = {
        "form": form,
        "senders": [
            (sender, _actions(sender))
            for sender in Sender.objects.for_account(account).order_by("name", "id")
        ],
        "tabs": settings_tabs(account.pk, "Senders"),
        "may_save": may(member, "edit_settings"),
    }
    status = 422 if form.errors else 200
    return render(request, "marketing/settings_senders.html", page, status=status)


@require_POST
@member_view("edit_settings")
def sender_mail(request: MemberRequest, sender_id: int) -> HttpResponse:
    """Mail the link once more to the sender's own address."""
    member = request.member
    account = member.account
    sender = Sender.objects.for_account(account).get_or_404(pk=sender_id)
    if sender.verified_at:
        messages.info(request, f"{sender.address} is verified already.")
        return redirect("marketing:settings_senders", account.pk)
    hand_over_mail(**link_mail(sender, account=account, who=member.user.display_name))
    messages.success(request, f"A link is on its way to {sender.address}.")
    return redirect("marketing:settings_senders", account.pk)


@require_POST
@member_view("edit_settings")
def sender_remove(request: MemberRequest, sender_id: int) -> HttpResponse:
    """Remove a sender no campaign uses."""
    member = request.member
    sender = Sender.objects.for_account(member.account).get_or_404(pk=sender_id)
    try:
        remove(sender, account=member.account, by=member)
    except InUse:
        messages.error(request, f"{sender.address} is used by a campaign, so it stays.")
    else:
        messages.success(request, f"{sender.address} is removed.")
    return redirect("marketing:settings_senders", member.account_id)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def sender_verify(request: MemberRequest, token: str) -> HttpResponse:
    """The page behind the mailed link: only its button verifies."""
    member = request.member
    account = member.account
    try:
        sender = sender_of_link(account, token)
    except UnknownLink as unknown:
        raise Http404 from unknown
    if request.method == "POST":
        verify(sender, account=account, by=member)
        messages.success(request, f"{sender.address} is verified.")
        return redirect("marketing:settings_senders", account.pk)
    page = {"sender": sender, "tabs": settings_tabs(account.pk, "Senders")}
    return render(request, "marketing/sender_verify.html", page)


def _actions(sender: Sender) -> list[dict[str, Any]]:
    """The "..." menu of a row."""
    ids = [sender.account_id, sender.pk]
    url = reverse("marketing:sender_remove", args=ids)
    return [{"label": "Remove", "url": url, "icon": "trash", "is_post": True}]
