"""Marketing > Settings > Senders."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts.settings_tabs import settings_tabs
from marketing.models import Sender
from marketing.senders.changing import add_sender, change
from marketing.senders.forms import EditForm, SenderForm
from marketing.senders.removing import InUse, remove
from marketing.senders.showing import lines_of
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
            _add(request, form.cleaned_data)
            return redirect("marketing:settings_senders", account.pk)
    page = {
        "form": form,
        "senders": [(line, _actions(line.sender)) for line in lines_of(account)],
        "required_domain": settings.REQUIRE_SENDER_DOMAIN,
        "tabs": settings_tabs(account.pk, "Senders"),
        "may_save": may(member, "edit_settings"),
    }
    status = 422 if form.errors else 200
    return render(request, "marketing/settings_senders.html", page, status=status)


def _add(request: MemberRequest, given: dict[str, Any]) -> None:
    member = request.member
    sender = add_sender(**given, by=member)
    if sender.verified_at:
        messages.success(request, "Sender added. Its domain is verified, so it is, too.")
        return
    hand_over_mail(**link_mail(sender, account=member.account, who=member.user.display_name))
    messages.success(request, f"Sender added. A link is on its way to {sender.address}.")


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_settings")
def settings_sender(request: MemberRequest, sender_id: int) -> HttpResponse:
    """Change a sender's name, where its replies go and who may use it."""
    account = request.member.account
    sender = Sender.objects.for_account(account).get_or_404(pk=sender_id)
    form = EditForm(request.POST if request.method == "POST" else None, sender=sender)
    if request.method == "POST" and form.is_valid():
        change(sender, form.settings(), by=request.member)
        messages.success(request, f"{sender.address} is saved.")
        return redirect("marketing:settings_senders", account.pk)
    status = 422 if form.errors else 200
    page = {"sender": sender, "form": form, "tabs": settings_tabs(account.pk, "Senders")}
    return render(request, "marketing/settings_sender.html", page, status=status)


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
    edit = reverse("marketing:settings_sender", args=ids)
    route = reverse("tracking:reply_route", args=ids)
    remove_url = reverse("marketing:sender_remove", args=ids)
    return [
        {"label": "Change", "url": edit, "icon": "pencil"},
        {"label": "Replies that reach us", "url": route, "icon": "mail"},
        {"label": "Remove", "url": remove_url, "icon": "trash", "is_post": True},
    ]
