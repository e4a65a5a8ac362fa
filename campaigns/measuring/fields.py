"""The fields of the editor's card More about UTM parameters."""

import re
from typing import Any, Final

from django import forms

from campaigns.composing.models import Campaign
from campaigns.measuring.marking import NAMES, defaults, own_marks
from campaigns.measuring.models import Measuring

_PLAIN: Final = re.compile(r"[\w .:+~-]*")
NOT_PLAIN: Final = "Letters, digits, blanks and - . _ ~ + : only."


def is_plain(value: str) -> bool:
    """Whether a value reads the same in every address."""
    return _PLAIN.fullmatch(value) is not None


class MarksFields(forms.Form):
    """Part of a form of a campaign; absent while the account adds no parameters at all."""

    utm = forms.BooleanField(label="Add UTM parameters to links", required=False)
    utm_source = forms.CharField(label="utm_source", max_length=60, required=False)
    utm_medium = forms.CharField(label="utm_medium", max_length=60, required=False)
    utm_campaign = forms.CharField(label="utm_campaign", max_length=100, required=False)
    utm_content = forms.CharField(label="utm_content", max_length=100, required=False)

    def fit_marks(self, campaign: Campaign) -> None:
        """Show what an empty field means, or take the fields away."""
        chosen = Measuring.objects.for_account(campaign.account_id).filter(utm=True).first()
        if chosen is None:
            for name in MarksFields.base_fields:
                del self.fields[name]
            return
        for name, value in defaults(campaign, chosen).items():
            self.fields[name].widget.attrs["placeholder"] = value

    def marks_shown(self) -> list[forms.BoundField]:
        """The parameters, for the template."""
        return [self[name] for name in NAMES]

    def stored_marks(self, campaign: Campaign) -> dict[str, Any]:
        """Initial values."""
        own = own_marks(campaign)
        return {"utm": not own.is_off} | {name: getattr(own, name) for name in NAMES}

    def clean(self) -> dict[str, Any]:
        """Values that read the same in every address."""
        given = super().clean() or {}
        for name in NAMES:
            if not is_plain(given.get(name) or ""):
                self.add_error(name, NOT_PLAIN)
        return given

    def marks(self) -> dict[str, Any] | None:
        """What to store, of a valid form; None while the account adds no parameters."""
        if "utm" not in self.fields:
            return None
        values = {name: self.cleaned_data[name] for name in NAMES}
        return {"is_off": not self.cleaned_data["utm"], **values}
