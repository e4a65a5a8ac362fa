"""The rows of the members page with what may be done to each; two queries."""

from typing import Any

from django.urls import reverse
from django.utils import timezone

from marketing.access import may
from marketing.accounts.inviting import LINK_LIVES, ends_at
from marketing.accounts.memberships import may_act_on
from marketing.accounts.models import Invitation, Member


def member_rows(by: Member) -> list[dict[str, Any]]:
    """Everybody in the account, by email."""
    rows = Member.objects.filter(account_id=by.account_id).select_related("user")
    return [{"it": row, "actions": _actions(row, by)} for row in rows.order_by("user__email")]


def _actions(row: Member, by: Member) -> list[dict[str, Any]]:
    if not may(by, "edit_members") or not may_act_on(by, row):
        return []
    ids = [row.account_id, row.pk]
    leave = "Leave the account" if row.pk == by.pk else "Remove"
    return [
        {
            "label": "Change role",
            "url": reverse("marketing:member_role", args=ids),
            "icon": "pencil",
        },
        {"label": leave, "url": reverse("marketing:member_remove", args=ids), "icon": "user-minus"},
    ]


def invitation_rows(by: Member) -> list[dict[str, Any]]:
    """Those who were invited and have not come, newest first."""
    now = timezone.now()
    rows = Invitation.objects.for_account(by.account_id).select_related("invited_by__user")
    return [
        {
            "it": row,
            "is_over": row.sent_at + LINK_LIVES < now,
            "until": ends_at(row),
            "actions": _acts(row, by),
        }
        for row in rows.order_by("-sent_at", "-pk")
    ]


def _acts(row: Invitation, by: Member) -> list[dict[str, Any]]:
    if not may(by, "edit_members") or (row.role == "owner" and by.role != "owner"):
        return []
    ids = [row.account_id, row.pk]
    return [
        {
            "label": "Mail the link again",
            "url": reverse("marketing:invitation_mail", args=ids),
            "icon": "mail",
            "is_post": True,
        },
        {
            "label": "Take back",
            "url": reverse("marketing:invitation_take_back", args=ids),
            "icon": "ban",
            "is_post": True,
        },
    ]
