"""Members: who works in the account, invitations, roles, leaving."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from marketing.access import MemberRequest, may, member_view, require
from marketing.accounts import inviting
from marketing.accounts.forms_members import InviteForm, RoleForm
from marketing.accounts.members_page import invitation_rows, member_rows
from marketing.accounts.memberships import LastOwner, change_role, may_act_on, remove
from marketing.accounts.models import Invitation, Member
from marketing.accounts.saving import words_of_saving

LAST_OWNER = "This is the last owner. Make somebody else an owner first."


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("see_members")
def members(request: MemberRequest) -> HttpResponse:
    """Members, open invitations, and the form that invites."""
    member = request.member
    form = InviteForm(by=member, initial={"role": "editor"})
    if request.method == "POST":
        require(member, "edit_members")
        form = InviteForm(request.POST, by=member)
        if form.is_valid():
            inviting.invite(form.cleaned_data["email"], form.cleaned_data["role"], by=member)
            messages.success(
                request, f"An invitation is on its way to {form.cleaned_data['email']}."
            )
            return redirect("marketing:members", member.account_id)
    page = {
        "form": form,
        "members": member_rows(member),
        "invitations": invitation_rows(member),
        "may_invite": may(member, "edit_members"),
    }
    return render(request, "marketing/members.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_members")
def member_role(request: MemberRequest, member_id: int) -> HttpResponse:
    """Give a member another role."""
    member = _member(request, member_id)
    form = RoleForm(by=request.member, initial={"role": member.role})
    if request.method == "POST":
        form = RoleForm(request.POST, by=request.member)
        if form.is_valid():
            try:
                changed = change_role(member, form.cleaned_data["role"], by=request.member)
            except LastOwner:
                form.add_error("role", LAST_OWNER)
            else:
                messages.success(request, words_of_saving(changed=changed))
                return redirect("marketing:members", member.account_id)
    page = {"form": form, "changed": member}
    return render(request, "marketing/member_role.html", page, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@member_view("edit_members")
def member_remove(request: MemberRequest, member_id: int) -> HttpResponse:
    """Ask, then end the membership."""
    member = _member(request, member_id)
    page: dict[str, Any] = {"removed": member, "is_self": member.pk == request.member.pk}
    if request.method == "POST":
        try:
            remove(member, by=request.member)
        except LastOwner:
            page["error"] = LAST_OWNER
            return render(request, "marketing/member_remove.html", page, status=422)
        messages.success(request, f"{member.user.display_name} is no longer a member.")
        here = redirect("marketing:members", request.member.account_id)
        return redirect("marketing:accounts") if page["is_self"] else here
    return render(request, "marketing/member_remove.html", page)


@require_POST
@member_view("edit_members")
def invitation_mail(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Mail the link once more; it lives for another seven days."""
    invitation = _invitation(request, invitation_id)
    inviting.invite(invitation.email, invitation.role, by=request.member)
    messages.success(request, f"An invitation is on its way to {invitation.email}.")
    return redirect("marketing:members", request.member.account_id)


@require_POST
@member_view("edit_members")
def invitation_take_back(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """End an invitation; its link stops working."""
    invitation = _invitation(request, invitation_id)
    inviting.take_back(invitation, by=request.member)
    messages.success(request, f"The invitation of {invitation.email} was taken back.")
    return redirect("marketing:members", request.member.account_id)


def _member(request: MemberRequest, member_id: int) -> Member:
    """A member of this account whom the asking one may act on; else 404."""
    rows = Member.objects.filter(account_id=request.member.account_id).select_related("user")
    found = rows.filter(pk=member_id).first()
    if found is None or not may_act_on(request.member, found):
        raise Http404
    return found


def _invitation(request: MemberRequest, invitation_id: int) -> Invitation:
    rows = Invitation.objects.for_account(request.member.account_id)
    found: Invitation = rows.get_or_404(pk=invitation_id)
    if found.role == "owner" and request.member.role != "owner":
        raise Http404
    return found
