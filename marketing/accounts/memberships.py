"""Changing and ending memberships; an account never loses its last owner."""

from marketing.accounts.auditing import record
from marketing.accounts.models import Member, Role


class LastOwner(Exception):
    """The account would be left without an owner."""


def roles_given_by(by: Member) -> list[tuple[str, str]]:
    """The roles a member may give, weakest first: only an owner makes owners."""
    return [(code, label) for code, label in Role.choices if code != "owner" or by.role == "owner"]


def may_act_on(by: Member, member: Member) -> bool:
    """Admins act on everybody but owners; owners on everybody."""
    return by.role == "owner" or member.role != "owner"


def who(member: Member) -> str:
    """As the audit log names a person."""
    return f"{member.user.display_name} <{member.user.email}>"


def change_role(member: Member, role: str, *, by: Member) -> bool:
    """Give another role, with one audit line; the same role changes nothing: False.

    Raises LastOwner with nothing changed. Call inside `use_account`.
    """
    held = _held(member)
    if held.role == role:
        return False
    if held.role == "owner":
        _require_another_owner(held)
    before = held.get_role_display()
    held.role = role
    held.save(update_fields=["role"])
    record(
        held.account,
        by=by,
        act="member.role_changed",
        subject=who(held),
        before=before,
        after=held.get_role_display(),
    )
    return True


def remove(member: Member, *, by: Member) -> None:
    """End the membership, with one audit line; what the member did stays.

    Raises LastOwner with nothing changed. Call inside `use_account`.
    """
    held = _held(member)
    if held.role == "owner":
        _require_another_owner(held)
    record(
        held.account,
        by=by,
        act="member.removed",
        subject=who(held),
        before=held.get_role_display(),
    )
    held.delete()


def _held(member: Member) -> Member:
    """The row, locked together with all owners' rows: two demotions at once wait in line."""
    owners = Member.objects.filter(account_id=member.account_id, role="owner")
    list(owners.order_by("pk").select_for_update().values_list("pk"))
    rows = Member.objects.select_for_update(of=("self",)).select_related("user", "account")
    return rows.get(pk=member.pk)


def _require_another_owner(member: Member) -> None:
    others = Member.objects.filter(account_id=member.account_id, role="owner")
    if not others.exclude(pk=member.pk).exists():
        raise LastOwner
