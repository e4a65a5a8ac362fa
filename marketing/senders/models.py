"""From name and address an account may use."""

from django.db import models

from marketing.accounts.models import AccountOwned, Member
from marketing.row_security import TenantForeignKey


class Sender(AccountOwned):
    """A sender; unverified ones cannot launch."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=320)
    reply_to = models.CharField(max_length=320, blank=True)  # of campaigns that say nothing else
    everyone = models.BooleanField(default=True)  # else only those of SenderMember may use it
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "sender"
        constraints = [
            models.UniqueConstraint(fields=["account", "id"], name="sender_of_account"),
            models.UniqueConstraint(fields=["account", "address"], name="sender_once_per_address"),
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.address}>"


class SenderMember(AccountOwned):
    """A member who may use a sender that is not everyone's."""

    sender = models.ForeignKey(Sender, models.CASCADE, db_constraint=False, related_name="users")
    member = models.ForeignKey(Member, models.CASCADE, related_name="+")

    class Meta:
        db_table = "sender_member"
        constraints = [
            models.UniqueConstraint(
                fields=["account", "sender", "member"], name="sender_member_once"
            ),
            TenantForeignKey(field="sender", to="sender", name="sender_member_sender"),
        ]
