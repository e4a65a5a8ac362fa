"""Notices that concern a whole account go by mail to each of its owners."""

from marketing.accounts.models import Member
from marketing.tasks import hand_over_mail


def tell_owners(account_id: int, *, subject: str, text: str) -> None:
    """Mail every owner; the mails leave after the open transaction, if any, was committed."""
    owners = Member.objects.filter(account_id=account_id, role="owner").select_related("user")
    for owner in owners.order_by("id"):
        hand_over_mail(to=owner.user.email, subject=subject, text=text)
