"""What every member page shows around its content."""

from typing import Any

from django.http import HttpRequest


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context of the app shell: member, account, memberships, menu; empty on public pages."""
    member = getattr(request, "member", None)
    if member is None:
        return {}
    return {"member": member, "account": member.account}
