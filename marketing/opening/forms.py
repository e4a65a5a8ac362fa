"""The sign-up form."""

from typing import Any

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest

from marketing.audience.addresses import BadAddress, read_address
from marketing.models import User
from marketing.opening.accounts import Company, next_account_id, open_account
from marketing.rules.countries import country_choices, time_zone_choices
from marketing.senders.verifying import link_mail
from marketing.tasks import hand_over_mail
from marketing.tenancy import use_account


def _countries() -> list[tuple[str, str]]:
    return [("", "Choose a country"), *country_choices()]


def _time_zones() -> list[tuple[str, str]]:
    return [("", "As in the capital of that country"), *time_zone_choices()]


class SignUpForm(SignupForm):
    """Company, country, time zone, work email, password: opens an account with its owner."""

    company = forms.CharField(
        label="Company",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(
        label="Country of your company",
        choices=_countries,
        help_text="Sets the rules for consent and tracking.",
    )
    time_zone = forms.ChoiceField(label="Time zone", choices=_time_zones, required=False)

    field_order = ("company", "country", "time_zone", "email", "password1")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["email"].label = "Work email"
        self.fields["email"].widget.attrs.pop("placeholder", None)
        self.fields["password1"].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = "At least 8 characters. A sentence works well."

    def clean_company(self) -> str:
        """One line: it stands in headers of mails."""
        name = " ".join(self.cleaned_data["company"].split())
        if not name or not name.isprintable():
            raise forms.ValidationError("The name contains a character that cannot be mailed.")
        return name

    def clean_email(self) -> str:
        """Valid for allauth and for sending: it becomes the first sender."""
        email: str = super().clean_email()
        try:
            read_address(email)
        except BadAddress as bad:
            raise forms.ValidationError(bad.text) from bad
        return email

    def save(self, request: HttpRequest) -> User:
        """User, account and owner in one transaction: all of it or nothing."""
        number = next_account_id()
        given = self.cleaned_data
        company = Company(given["company"], given["country"], given["time_zone"])
        with use_account(number):
            user: User = super().save(request)
            opened = open_account(number, company, owner=user)
            sender = opened.first_sender
            hand_over_mail(**link_mail(sender, account=opened.account, who=user.display_name))
        return user
