"""The shapes of input about contacts and segments."""

from datetime import date
from typing import Any

from django import forms
from django.utils import timezone

from marketing.accounts.models import Account
from marketing.audience.addresses import Address, BadAddress, read_address
from marketing.audience.bases import wrong_end
from marketing.audience.contacts import Details
from marketing.audience.models import Contact, Segment
from marketing.audience.segments import LABELS, OPERATORS
from marketing.names import KnownFromField, NameField
from marketing.rules.countries import country_choices, country_code

_NEEDS_NO_VALUE = ("is_empty", "is_not_empty")


class DetailsForm(forms.Form):
    """What is known about a contact besides the address."""

    first_name = NameField(label="First name", max_length=120, required=False)
    last_name = NameField(label="Last name", max_length=120, required=False)
    country = forms.ChoiceField(
        label="Country",
        required=False,
        choices=lambda: [("", "Unknown"), *country_choices()],
        help_text="As the person declared it. It decides which law applies.",
    )
    language = forms.RegexField(
        r"^[a-z]{2,3}(-[A-Z]{2})?$",
        label="Language",
        required=False,
        help_text="A code like en, fr or pt-BR.",
        error_messages={"invalid": "Write a language code, like en, fr or pt-BR."},
    )
    known_from = KnownFromField(label="Where does this person know you from?")
    basis = forms.ChoiceField(
        label="Basis for writing without asking",
        required=False,
        choices=Contact.Basis.choices,
        help_text="Counts only where the law of both countries accepts it.",
    )
    basis_evidence = forms.ChoiceField(
        label="Evidence",
        required=False,
        choices=[("", "None"), ("order", "An order"), ("account", "A user account")],
    )
    basis_until = forms.DateField(
        label="Last valid day",
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    basis_attested = forms.BooleanField(
        label="I confirm that this basis is true and can be proved.", required=False
    )

    def clean(self) -> dict[str, Any]:
        """A basis needs its evidence, its end and somebody who answers for it."""
        data = super().clean() or self.cleaned_data
        basis = data.get("basis")
        if basis and not data.get("basis_attested"):
            self.add_error("basis_attested", "Confirm the basis, or choose none.")
        if basis == Contact.Basis.EXISTING_CUSTOMER and not data.get("basis_evidence"):
            self.add_error("basis_evidence", "Say what shows that this person is a customer.")
        if basis == Contact.Basis.IMPLIED and not data.get("basis_until"):
            self.add_error("basis_until", "Implied consent ends some day: say when.")
        until = data.get("basis_until")
        # A basis that ended since it was stored stays as it was: nobody changes it by a name.
        if basis and until and "basis_until" in self.changed_data:
            wrong = wrong_end(basis, until, today=timezone.localdate())
            if wrong:
                self.add_error("basis_until", wrong)
        return data

    def details(self, fields: dict[str, Any] | None = None) -> Details:
        """The valid input, with the custom fields that the form does not show."""
        data = self.cleaned_data
        until: date | None = data["basis_until"]
        basis = data["basis"]
        return Details(
            first_name=data["first_name"],
            last_name=data["last_name"],
            country=data["country"],
            language=data["language"],
            fields=fields or {},
            basis=basis,
            basis_evidence=data["basis_evidence"] if basis else "",
            basis_attested=bool(basis and data["basis_attested"]),
            basis_until=until if basis else None,
            known_from=data["known_from"],
        )


class AddContactForm(DetailsForm):
    """A new contact: the address besides the details."""

    address = forms.CharField(
        label="Email address",
        max_length=1_000,
        strip=False,
        widget=forms.TextInput(
            {"inputmode": "email", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    field_order = ("address",)

    def clean_address(self) -> Address:
        """The address as it is stored, or the sentence that says what is wrong with it."""
        try:
            return read_address(self.cleaned_data["address"])
        except BadAddress as bad:
            raise forms.ValidationError(bad.text, code=bad.reason) from None


class SegmentForm(forms.Form):
    """Name and kind of a segment."""

    name = NameField(label="Name", max_length=120)
    kind = forms.ChoiceField(
        label="Who is in it",
        choices=[
            ("rules", "People who meet all rules below"),
            ("fixed", "A fixed list: add people on the Contacts page"),
            ("everybody", "Everybody"),
        ],
        initial="rules",
        widget=forms.RadioSelect,
    )

    def __init__(self, *arguments: Any, account: Account, segment_id: int = 0, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self._others = Segment.objects.for_account(account).exclude(pk=segment_id)

    def clean_name(self) -> str:
        """Two segments of an account never share a name."""
        name: str = self.cleaned_data["name"]
        if self._others.filter(name=name).exists():
            raise forms.ValidationError("There is a segment with this name already.")
        return name


class RuleForm(forms.Form):
    """One rule; a row without a field is left out."""

    field = forms.ChoiceField(label="Field", required=False)
    operator = forms.ChoiceField(label="Comparison", required=False, choices=[*OPERATORS.items()])
    value = forms.CharField(label="Value", max_length=200, required=False)

    def __init__(self, *arguments: Any, custom_fields: list[str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        own = [(name, name) for name in custom_fields if name not in LABELS]
        self.fields["field"].choices = [("", "Choose…"), *LABELS.items(), *own]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A comparison needs something to compare with; a country is kept as its code."""
        data = super().clean() or self.cleaned_data
        needs_value = data.get("field") and data.get("operator") not in _NEEDS_NO_VALUE
        if needs_value and not data.get("value"):
            self.add_error("value", "Say what to compare with.")
        if needs_value and data.get("field") == "country" and data.get("value"):
            data["value"] = country_code(data["value"]) or ""
            if not data["value"]:
                self.add_error("value", "This is no country. Write a name or code, like FR.")
        return data


# absolute_max: Django would draw a thousand rows because a request says that there are so many.
RuleFormSet = forms.formset_factory(
    RuleForm, extra=3, max_num=10, absolute_max=20, validate_max=True
)
