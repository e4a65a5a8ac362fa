"""What every member page shows around its content."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from marketing.accounts.menu import menu_of
from marketing.accounts.models import Member


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the app shell: member, account, memberships, menu; empty on public pages.

    Memberships are a global table and cost one query where a page shows the switcher.
    """
    member: Member | None = getattr(request, "member", None)
    if member is None:
        return {}
    return {
        "member": member,
        "account": member.account,
        "memberships": SimpleLazyObject(lambda: memberships_of(member.user_id)),
        "menu": menu_of(member, request.path),
    }


def memberships_of(user_id: int) -> list[Member]:
    """The accounts a user may enter, by name."""
    return list(
        Member.objects.filter(user_id=user_id)
        .select_related("account")
        .order_by("account__name", "account_id")
    )
