"""The forms of Settings > Mail."""

from django import forms

from marketing.accounts.logos import MAX_BYTES, NotAPicture, as_png
from marketing.names import NameField
from marketing.rules.countries import time_zone_choices


class MailForm(forms.Form):
    """Name, postal address and time zone of an account; the fields bear its columns' names."""

    name = NameField(
        label="Company",
        max_length=120,
        help_text="Stands in every consent request as the one who asks.",
    )
    postal_address = forms.CharField(
        label="Postal address",
        max_length=300,
        required=False,
        help_text="Stands at the foot of every mail; most countries ask for it. "
        "No campaign can be launched without it.",
    )
    time_zone = forms.ChoiceField(
        label="Time zone",
        choices=time_zone_choices,
        help_text="Sending hours and all times on your pages are in this zone.",
    )


class LogoForm(forms.Form):
    """One picture; a valid form has it as PNG."""

    file = forms.FileField(
        label="Picture",
        widget=forms.FileInput(attrs={"accept": "image/png,image/jpeg,image/gif,image/webp"}),
        help_text="PNG, JPEG, GIF or WebP, up to 2 MB. It is made to fit 400 x 120 pixels.",
    )
    picture: tuple[bytes, int, int]

    def clean_file(self) -> None:
        """Read and re-encoded; the uploaded bytes go no further."""
        try:
            self.picture = as_png(self.cleaned_data["file"].read(MAX_BYTES + 1))
        except NotAPicture as bad:
            raise forms.ValidationError(bad.text) from bad
