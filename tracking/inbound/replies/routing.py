"""Who gets the replies to a sender's mails: only addresses that somebody has shown to be theirs."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import QuerySet

from marketing.models import Member, Sender
from tracking.inbound.models import ReplyRoute
from tracking.inbound.taking import is_ours


def address_for(account_id: int, sender_id: int | None) -> str:
    """Where a reply goes; "" means nowhere. Call inside `use_account`.

    Where the sender's own address is not verified, or leads back to us, and where the chosen member
    has left: to the owner.
    """
    sender = Sender.objects.for_account(account_id).filter(pk=sender_id or 0).first()
    if sender is None:
        return owner_address(account_id)
    route = route_of(sender)
    if route.target == ReplyRoute.Target.NOBODY:
        return ""
    if route.target == ReplyRoute.Target.MEMBER:
        return member_address(account_id, route.member_id) or owner_address(account_id)
    own = sender.address if sender.verified_at and not _leads_to_us(sender.address) else ""
    return own or owner_address(account_id)


def route_of(sender: Sender) -> ReplyRoute:
    """The sender's choice, or the one it has without a row."""
    found: ReplyRoute | None = (
        ReplyRoute.objects.for_account(sender.account_id).filter(sender=sender).first()
    )
    return found or ReplyRoute(account_id=sender.account_id, sender=sender)


def member_address(account_id: int, member_id: int | None) -> str:
    """The confirmed address of somebody who is a member now."""
    return _confirmed(Member.objects.filter(account_id=account_id, pk=member_id or 0))


def members_with_address(account_id: int) -> list[tuple[int, str, str]]:
    """Members who confirmed an address: number, name, address; two queries."""
    members = Member.objects.filter(account_id=account_id).select_related("user")
    users = members.values("user_id")
    rows = EmailAddress.objects.filter(user_id__in=users, verified=True).order_by("primary", "-pk")
    of_users: dict[int, str] = dict(rows.values_list("user_id", "email"))
    return [
        (member.pk, member.user.display_name, of_users[member.user_id])
        for member in members.order_by("user__name", "pk")
        if member.user_id in of_users and not _leads_to_us(of_users[member.user_id])
    ]


def owner_address(account_id: int) -> str:
    """Of the first owner who confirmed one."""
    return _confirmed(Member.objects.filter(account_id=account_id, role="owner"))


def _confirmed(members: QuerySet[Member]) -> str:
    """The first confirmed login address of these members that does not lead back to us."""
    users = list(members.order_by("pk").values_list("user_id", flat=True))
    rows = EmailAddress.objects.filter(user_id__in=users, verified=True).order_by("-primary", "pk")
    found = (email for email in rows.values_list("email", flat=True) if not _leads_to_us(email))
    return next(found, "")


def _leads_to_us(address: str) -> bool:
    """A reply that came back would be a reply again."""
    return is_ours(address) or address.lower().endswith(f"@{settings.MAIL_DOMAIN.lower()}")
