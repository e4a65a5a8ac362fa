"""The sign-up form."""

from typing import Any, Final

from allauth.account.forms import SignupForm
from django import forms
from django.http import HttpRequest

from marketing.audience.addresses import BadAddress, read_address
from marketing.models import User
from marketing.names import NameField
from marketing.opening.accounts import Company, next_account_id, open_account
from marketing.rules.countries import country_choices, time_zone_choices
from marketing.rules.versions import policy_in_force
from marketing.senders.verifying import link_mail
from marketing.tasks import hand_over_mail
from marketing.tenancy import use_account

RULES_HINT: Final = "Sets the rules for consent and tracking."


def _countries() -> list[tuple[str, str]]:
    return [("", "Choose a country"), *country_choices()]


def country_sentences() -> dict[str, Any]:
    """What the page's script says beside the country, and of which countries."""
    policy = policy_in_force()
    rules = ((code, policy.rule_for(code)) for code, _ in country_choices())
    return {
        "general": RULES_HINT,
        "asked": "people are asked before their first newsletter.",
        "free": "you choose whether people are asked before their first newsletter.",
        "asked_first": [code for code, rule in rules if rule.consent_locked],
    }


class SignUpForm(SignupForm):
    """Company, country, name, work email, password: opens an account with its owner."""

    company = NameField(
        label="Company",
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    country = forms.ChoiceField(
        label="Country of your company",
        choices=_countries,
        help_text=RULES_HINT,
    )
    name = NameField(
        label="Your name",
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    # The browser's own; nobody is asked for what a machine knows.
    time_zone = forms.CharField(
        max_length=64, required=False, widget=forms.HiddenInput(attrs={"data-own-zone": ""})
    )

    field_order = ("company", "country", "name", "email", "password1")

    def __init__(self, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["email"].label = "Work email"
        self.fields["email"].widget.attrs.pop("placeholder", None)
        self.fields["password1"].widget.attrs.pop("placeholder", None)
        self.fields["password1"].help_text = "At least 8 characters. A sentence works well."

    def clean_time_zone(self) -> str:
        """A zone we know, or nothing: then it is that of the capital."""
        zone: str = self.cleaned_data["time_zone"]
        return zone if zone in dict(time_zone_choices()) and zone != "UTC" else ""

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
            user.name = given["name"]
            user.save(update_fields=["name"])
            opened = open_account(number, company, owner=user)
            sender = opened.first_sender
            hand_over_mail(**link_mail(sender, account=opened.account, who=user.display_name))
        return user
