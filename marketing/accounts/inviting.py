"""Invitations: a signed link by mail, good for seven days, until it is accepted or taken back."""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from marketing.accounts.auditing import record
from marketing.accounts.models import Invitation, Member, User
from marketing.tasks import hand_over_mail

LINK_LIVES = timedelta(days=7)
_PURPOSE = "marketing.accounts.inviting"


class DeadLink(Exception):
    """The link is too old, was taken back or used, or was not made by us."""


def invite(email: str, role: str, *, by: Member) -> Invitation:
    """Mail a link; an open invitation of the same address is replaced. One audit line."""
    account = by.account
    invitation, _ = Invitation.objects.update_or_create(
        account=account,
        email=email.lower(),
        defaults={"role": role, "invited_by": by, "sent_at": timezone.now()},
    )
    record(
        account,
        by=by,
        act="member.invited",
        subject=invitation.email,
        after=invitation.get_role_display(),
    )
    hand_over_mail(**_mail(invitation, by=by))
    return invitation


def take_back(invitation: Invitation, *, by: Member) -> None:
    """The link stops working at once. One audit line."""
    record(
        by.account,
        by=by,
        act="member.invitation_taken_back",
        subject=invitation.email,
        before=invitation.get_role_display(),
    )
    invitation.delete()


def read_link(token: str) -> tuple[int, int, str]:
    """Account, invitation and address a link was made for; raises DeadLink."""
    try:
        account_id, invitation_id, email = signing.loads(token, salt=_PURPOSE, max_age=LINK_LIVES)
    except (signing.BadSignature, ValueError) as bad:
        raise DeadLink from bad
    return int(account_id), int(invitation_id), str(email)


def invitation_of_link(token: str) -> Invitation:
    """The open invitation a link was made for; call inside `use_account` of its account."""
    account_id, invitation_id, email = read_link(token)
    rows = Invitation.objects.for_account(account_id).select_related("account", "invited_by__user")
    found: Invitation | None = rows.filter(pk=invitation_id, email=email).first()
    if found is None:
        raise DeadLink
    return found


def accept(invitation: Invitation, user: User) -> Member:
    """Make the user a member with the invited role, and end the invitation. One audit line.

    Somebody who is a member already keeps the role. Call inside `use_account`.
    """
    account = invitation.account
    deleted, _ = Invitation.objects.for_account(account).filter(pk=invitation.pk).delete()
    if not deleted:
        raise DeadLink
    member, is_new = Member.objects.get_or_create(
        account=account, user=user, defaults={"role": invitation.role}
    )
    if is_new:
        record(
            account,
            by=member,
            act="member.joined",
            subject=f"{user.display_name} <{user.email}>",
            after=member.get_role_display(),
        )
    return member


def ends_at(invitation: Invitation) -> str:
    """The last day of the link, for lists and mails."""
    return f"{timezone.localtime(invitation.sent_at + LINK_LIVES):%-d %b %Y}"


def _mail(invitation: Invitation, *, by: Member) -> dict[str, str]:
    token = signing.dumps([by.account_id, invitation.pk, invitation.email], salt=_PURPOSE)
    words = {
        "who": by.user.display_name,
        "account": by.account.name,
        "role": invitation.get_role_display(),
        "url": f"{settings.SITE_URL}{reverse('marketing:invitation', args=[token])}",
        "until": ends_at(invitation),
    }
    return {
        "to": invitation.email,
        "subject": f"{words['who']} invites you to {words['account']} on Assent",
        "text": render_to_string("email/invitation/text.txt", words),
    }
