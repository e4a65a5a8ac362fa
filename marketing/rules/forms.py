"""The form of Settings > More."""

from typing import Any

from django import forms

from marketing.models import Account
from marketing.rules.countries import country_choices
from marketing.rules.saving import MoreSettings


class MoreForm(forms.Form):
    """Tracking, consent, sending hours. Whether consent may be off is decided on saving."""

    tracking = forms.BooleanField(
        label="Email and link tracking",
        help_text="See who opened your mail and who clicked. Each campaign can turn it off.",
        required=False,
    )
    consent = forms.BooleanField(
        label="Consent to receive newsletters",
        help_text="People who have not answered yet get one consent request first. "
        "Your newsletter follows when they agree.",
        required=False,
    )
    hours = forms.BooleanField(
        label="Sending hours",
        help_text="Campaigns and consent requests wait outside these hours and go on by "
        "themselves. The mail a person has just agreed to goes at once.",
        required=False,
    )
    sending_from = forms.TimeField(
        label="From", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    sending_until = forms.TimeField(
        label="To", required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )

    def clean(self) -> dict[str, Any]:
        """Hours that are on need both ends, and the ends differ."""
        given = super().clean() or {}
        if given.get("hours"):
            for name in ("sending_from", "sending_until"):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, "Enter a time, like 08:00.")
            if given.get("sending_from") and given.get("sending_from") == given.get(
                "sending_until"
            ):
                self.add_error("sending_until", "Choose another time than the first.")
        return given

    def wanted(self) -> MoreSettings:
        """What a valid form asks for."""
        given = self.cleaned_data
        on = given["hours"]
        return MoreSettings(
            tracking=given["tracking"],
            consent=given["consent"],
            sending_from=given["sending_from"] if on else None,
            sending_until=given["sending_until"] if on else None,
        )


def stored(account: Account) -> dict[str, Any]:
    """The form's initial values."""
    return {
        "tracking": account.tracking,
        "consent": account.consent,
        "hours": account.sending_from is not None,
        "sending_from": account.sending_from,
        "sending_until": account.sending_until,
    }


class CountryForm(forms.Form):
    """The country whose rules hold for the account."""

    country = forms.ChoiceField(
        label="Country of your company",
        choices=country_choices,
        help_text="Sets the rules for consent and tracking, at once, for everything not yet sent.",
    )
