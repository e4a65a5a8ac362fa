"""The forms of Settings > Measuring."""

import re
from typing import Final

import idna
from django import forms

from campaigns.measuring.fields import NOT_PLAIN, is_plain
from campaigns.measuring.hosts import shared_host

DAYS: Final = (30, 60, 90, 180, 365)
_NAME: Final = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]*)")


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
    utm_content = forms.CharField(
        label="utm_content",
        max_length=100,
        required=False,
        help_text="A campaign may have values of its own: see More in its editor.",
    )
    utm_not_on = forms.CharField(
        label="No parameters for these domains",
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "bank.example"}),
        help_text="One a line. Links to them, and to names below them, stay as written.",
    )

    def clean(self) -> None:
        """Values that read the same in every address."""
        for name in ("utm_source", "utm_medium", "utm_content"):
            if not is_plain(self.cleaned_data.get(name, "")):
                self.add_error(name, NOT_PLAIN)

    def clean_utm_not_on(self) -> str:
        """The domains in A-labels, each once."""
        domains = {}
        for typed in self.cleaned_data["utm_not_on"].replace(",", " ").split():
            domain = _domain(typed.removeprefix("*."))
            if domain is None:
                raise forms.ValidationError(f"{typed[:60]} is not a domain, like bank.example.")
            domains[domain] = True
        return "\n".join(domains)


class HostForm(forms.Form):
    """A host of the account's own for the picture and the links."""

    host = forms.CharField(
        label="Host name",
        max_length=253,
        help_text="A name that is used for nothing else, like news.example.com.",
    )

    def clean_host(self) -> str:
        """The name in A-labels."""
        name = _domain(self.cleaned_data["host"])
        if name is None or name.count(".") < 2:
            raise forms.ValidationError("This is not a host name, like news.example.com.")
        if name == shared_host():
            raise forms.ValidationError("This host is everybody’s.")
        return name


def _domain(typed: str) -> str | None:
    """A name in A-labels, of an address too; None for what is no name."""
    host = re.sub(r"^https?://", "", typed.strip().lower()).split("/")[0].rstrip(".")
    try:
        name = idna.encode(host, uts46=True).decode()
    except idna.IDNAError:
        return None
    return name if _NAME.fullmatch(name) else None
