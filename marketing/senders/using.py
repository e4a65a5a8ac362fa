"""Which members may use a sender: everyone, or those who are named. Nobody is let in by a role."""

from django.db.models import Q, QuerySet

from marketing.models import Member, Sender, SenderMember


def usable_by(member: Member) -> QuerySet[Sender]:
    """The senders a member may choose, launch with and test. Call inside `use_account`."""
    rows: QuerySet[Sender] = Sender.objects.for_account(member.account_id)
    named = SenderMember.objects.for_account(member.account_id).filter(member=member)
    return rows.filter(Q(everyone=True) | Q(pk__in=named.values("sender_id")))


def may_use(sender: Sender, member: Member | None) -> bool:
    """Whether the member may; nobody (a member who was removed) may use only what is everyone's."""
    if sender.everyone:
        return True
    return member is not None and usable_by(member).filter(pk=sender.pk).exists()


def members_of(sender: Sender) -> list[int]:
    """Ids of the members who are named."""
    rows = SenderMember.objects.for_account(sender.account_id).filter(sender=sender)
    return sorted(rows.values_list("member_id", flat=True))
