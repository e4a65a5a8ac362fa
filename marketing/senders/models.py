"""From name and address an account may use."""

from django.db import models

from marketing.accounts.models import AccountOwned


class Sender(AccountOwned):
    """A sender; unverified ones cannot launch."""

    name = models.CharField(max_length=120)
    address = models.CharField(max_length=320)
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
