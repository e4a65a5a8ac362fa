"""Who may do what: the one table of rights, and the decorator that guards every account URL.

No right to see, a foreign account, or an unknown one: the same 404. No right to act: the template
leaves the button out, and a forged POST is 404 with nothing changed.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone

from marketing.models import Member
from marketing.tenancy import use_account

EVERYONE = frozenset({"viewer", "editor", "admin", "owner"})
EDITORS = frozenset({"editor", "admin", "owner"})
ADMINS = frozenset({"admin", "owner"})
OWNERS = frozenset({"owner"})

# product.md 7. A right is a verb on a thing; tests check one test per cell of this table.
RIGHTS: dict[str, frozenset[str]] = {
    "see": EVERYONE,
    "see_settings": EVERYONE,
    "export_recipients": EVERYONE,
    "edit_contacts": EDITORS,
    "edit_campaigns": EDITORS,
    "launch": EDITORS,
    "loosen_country": ADMINS,
    "edit_forms": ADMINS,
    "edit_settings": ADMINS,
    "see_members": ADMINS,
    "edit_members": ADMINS,
    "see_audit": ADMINS,
    "change_country": OWNERS,
    "delete_account": OWNERS,
}

View = Callable[..., HttpResponseBase]


class MemberRequest(HttpRequest):
    """A request that passed `member_view`: the member of the URL's account."""

    member: Member


def may(member: Member, right: str) -> bool:
    """Whether the member's role has the right."""
    return member.role in RIGHTS[right]


def require(member: Member, right: str) -> None:
    """Raise the 404 of a missing right; for views whose POST needs more than their GET."""
    if not may(member, right):
        raise Http404


def member_view(right: str) -> Callable[[View], View]:
    """Guard a view of `/a/<account_id>/...`: login, membership, right, transaction.

    The view is called as view(request, ...) with `request.member` set and `account_id` taken off;
    it runs inside `use_account` and must return a rendered response, never a lazy one: its queries
    would run after the door closed. Template responses are rendered here.
    """
    if right not in RIGHTS:
        raise KeyError(right)

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, account_id: int, **captured: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            member = _member(request.user.pk, account_id)
            if member is None or not may(member, right):
                raise Http404
            request.member = member  # type: ignore[attr-defined]
            # Pages show all times in the account's zone (screens.md 14).
            with use_account(account_id), timezone.override(member.account.time_zone):
                response = view(request, **captured)
                if isinstance(response, SimpleTemplateResponse):
                    response = response.render()
            return response

        guarded.right = right  # type: ignore[attr-defined]
        return guarded

    return decorate


def _member(user_id: int, account_id: int) -> Member | None:
    return (
        Member.objects.select_related("account", "user")
        .filter(user_id=user_id, account_id=account_id)
        .first()
    )
