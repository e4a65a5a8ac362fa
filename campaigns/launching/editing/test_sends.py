"""Test sends: rows that sending picks up, to confirmed addresses of members, within limits."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django import forms
from django.utils import timezone

from campaigns.models import Campaign, TestSend
from marketing.models import Account, Member

AT_A_TIME = 5
A_DAY = 50


def confirmed_addresses(account: Account) -> list[str]:
    """Addresses of the account's members that they confirmed."""
    users = Member.objects.filter(account=account).values("user_id")
    found = EmailAddress.objects.filter(user_id__in=users, verified=True)
    return list(found.order_by("email").values_list("email", flat=True))


def left_today(account_id: int) -> int:
    """How many test mails the account may still send within these 24 hours."""
    since = timezone.now() - timedelta(days=1)
    sent = TestSend.objects.for_account(account_id).filter(asked_at__gte=since).count()
    return max(0, A_DAY - sent)


class TestForm(forms.Form):
    """Whom to send a test."""

    __test__ = False  # not a test class for pytest

    addresses = forms.MultipleChoiceField(
        label="Send to",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Tick at least one address."},
    )

    def __init__(self, data: Any = None, *, account: Account) -> None:
        self.account = account
        super().__init__(data)
        field: Any = self.fields["addresses"]
        field.choices = [(address, address) for address in confirmed_addresses(account)]

    def clean_addresses(self) -> list[str]:
        """Within both limits."""
        chosen: list[str] = self.cleaned_data["addresses"]
        if len(chosen) > AT_A_TIME:
            raise forms.ValidationError(f"At most {AT_A_TIME} at a time.")
        left = left_today(self.account.pk)
        if len(chosen) > left:
            raise forms.ValidationError(f"At most {A_DAY} a day; {left} are left.")
        return chosen


def queue(campaign: Campaign, addresses: Sequence[str], *, by: Member) -> None:
    """Make the rows; they leave with the queue `now`."""
    now = timezone.now()
    TestSend.objects.bulk_create(
        TestSend(
            account_id=campaign.account_id,
            campaign_id=campaign.pk,
            address=address,
            asked_at=now,
            asked_by_id=by.pk,
        )
        for address in addresses
    )
