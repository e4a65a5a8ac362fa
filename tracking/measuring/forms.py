"""The forms of Settings > Measuring."""

import re
from typing import Final

import idna
from django import forms

from campaigns.measuring.hosts import shared_host

DAYS: Final = (30, 60, 90, 180, 365)
_HOST: Final = re.compile(
    r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.){2,}[a-z]([a-z0-9-]*)"
)
_PLAIN: Final = re.compile(r"[\w .:+~-]*")


class MeasuringForm(forms.Form):
    """The fields bear the names of the columns."""

    retention_days = forms.TypedChoiceField(
        label="Keep single requests for",
        coerce=int,
        choices=[(days, f"{days} days") for days in DAYS],
        help_text="Afterwards network and program of each request are deleted. Who opened and"
        " clicked what, and all sums, stay.",
    )
    small_groups = forms.BooleanField(
        label="Hide what few people did",
        required=False,
        help_text="No page and no file shows what a single person opened or clicked, and a count"
        " under five reads “fewer than 5”.",
    )
    utm = forms.BooleanField(
        label="Add UTM parameters to links",
        required=False,
        help_text="The same for everybody, so that web statistics know the newsletter. Never in"
        " place of a parameter that a link has.",
    )
    utm_source = forms.CharField(label="utm_source", max_length=60, required=False)
    utm_medium = forms.CharField(
        label="utm_medium",
        max_length=60,
        required=False,
        help_text="utm_campaign is the name of the campaign.",
    )

    def clean(self) -> None:
        """Values that read the same in every address."""
        for name in ("utm_source", "utm_medium"):
            if not _PLAIN.fullmatch(self.cleaned_data.get(name, "")):
                self.add_error(name, "Letters, digits, blanks and - . _ ~ + : only.")


class HostForm(forms.Form):
    """A host of the account's own for the picture and the links."""

    host = forms.CharField(
        label="Host name",
        max_length=253,
        help_text="A name that is used for nothing else, like news.example.com.",
    )

    def clean_host(self) -> str:
        """The name in A-labels."""
        typed = self.cleaned_data["host"].strip().lower().rstrip(".")
        typed = re.sub(r"^https?://", "", typed).split("/")[0]
        try:
            name = idna.encode(typed, uts46=True).decode()
        except idna.IDNAError as bad:
            raise forms.ValidationError("This is not a host name, like news.example.com.") from bad
        if not _HOST.fullmatch(name):
            raise forms.ValidationError("This is not a host name, like news.example.com.")
        if name == shared_host():
            raise forms.ValidationError("This host is everybody’s.")
        return name
