"""The form of Settings > Mail."""

from django import forms

from marketing.accounts.models import Account
from marketing.rules.countries import time_zone_choices


class MailForm(forms.ModelForm):
    """Name, postal address and time zone of an account."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zone_choices,
        help_text="Sending hours and all times on your pages are in this zone.",
    )

    class Meta:
        model = Account
        fields = ("name", "postal_address", "time_zone")
        labels = {"name": "Company", "postal_address": "Postal address"}
        help_texts = {
            "name": "Stands in every consent request as the one who asks.",
            "postal_address": "Stands at the foot of every mail; most countries ask for it.",
        }
