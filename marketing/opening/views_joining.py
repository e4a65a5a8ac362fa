"""The page behind an invitation's link: log in, make a user, or join with one press."""

from typing import Any

from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from marketing.accounts.inviting import DeadLink, accept, invitation_of_link, read_link
from marketing.models import Invitation, User
from marketing.opening.joining import JoinForm, join_as_new_user
from marketing.tenancy import use_account


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Who may join is whom the link was mailed to; a dead link says so."""
    try:
        account_id, _, _ = read_link(token)
        with use_account(account_id):
            return _answer(request, invitation_of_link(token))
    except DeadLink:
        return render(request, "marketing/invitation_over.html", status=404)


def _answer(request: HttpRequest, found: Invitation) -> HttpResponse:
    """As the person stands: the invited user, another one, logged out, or not a user yet."""
    user = request.user
    if isinstance(user, User):
        if user.email != found.email:
            return _page(request, found, 422 if request.method == "POST" else 200, state="other")
        if request.method == "POST":
            accept(found, user)
            return _home(request, found)
        return _page(request, found, 200, state="ready")
    if User.objects.filter(email=found.email).exists():
        return _page(request, found, 422 if request.method == "POST" else 200, state="login")
    return _new_user(request, found)


def _new_user(request: HttpRequest, found: Invitation) -> HttpResponse:
    form = JoinForm(request.POST if request.method == "POST" else None, email=found.email)
    if form.is_valid():
        given = form.cleaned_data
        user = join_as_new_user(found, name=given["name"], password=given["password"])
        login(request, user)
        return _home(request, found)
    return _page(request, found, 422 if form.is_bound else 200, state="new", form=form)


def _home(request: HttpRequest, found: Invitation) -> HttpResponse:
    messages.success(request, f"Welcome to {found.account.name}.")
    return redirect("marketing:home", found.account_id)


def _page(request: HttpRequest, found: Invitation, status: int, **more: Any) -> HttpResponse:
    page = {"invitation": found} | more
    return render(request, "marketing/invitation.html", page, status=status)
