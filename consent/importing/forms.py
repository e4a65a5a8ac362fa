"""The shapes of input of the four steps of an import."""

from typing import Any

from django import forms
from django.utils import timezone

from consent.importing.columns import LEAVE_OUT, STANDARD_FIELDS, check_mapping
from consent.importing.encodings import NAMES
from consent.importing.models import Import
from consent.importing.reading import SEPARATORS
from consent.importing.rows import EARLIEST
from consent.importing.stopping import Stopped
from marketing.audience.bases import wrong_end
from marketing.names import KnownFromField

BASES = [
    ("", "No basis: each person is asked first where that is needed"),
    ("asked_us", "They asked us for our newsletter"),
    ("existing_customer", "They are customers"),
    ("implied", "Implied consent, until a date"),
]


class FileForm(forms.Form):
    """Step 1: the file."""

    file = forms.FileField(
        label="CSV or Excel file",
        allow_empty_file=True,
        help_text="Columns email, first_name, last_name, country, language; any other column "
        "becomes a field. At most 25 MB; of a workbook the first sheet, up to 20,000 rows.",
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx,text/csv"}),
    )


class ReadingForm(forms.Form):
    """Step 1 where the file can be read in two ways: the user decides, we never guess."""

    encoding = forms.ChoiceField(label="How the letters are written", required=False)
    separator = forms.ChoiceField(label="What separates the columns", required=False)

    def __init__(
        self, *arguments: Any, code: str, choices: list[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*arguments, **more)
        is_encoding = code == "encoding_undecided"
        every = (
            NAMES if is_encoding else {key: word.capitalize() for key, word in SEPARATORS.items()}
        )
        listed = {value for value, _ in choices}
        others = [(value, label) for value, label in every.items() if value not in listed]
        field: Any = self.fields["encoding" if is_encoding else "separator"]
        field.choices = [*choices, *others]
        field.widget = forms.RadioSelect(choices=field.choices)
        field.required = True
        del self.fields["separator" if is_encoding else "encoding"]


class OriginForm(forms.ModelForm):
    """Step 2: where these people come from, and who answers for it."""

    known_from = KnownFromField()
    basis = forms.ChoiceField(label="Basis claimed", required=False, choices=BASES)
    attested = forms.BooleanField(
        label="I confirm that this is true and that we can prove it.",
        error_messages={"required": "Somebody has to answer for this list: confirm it."},
    )

    class Meta:
        model = Import
        fields = (
            *("source", "known_from", "basis", "basis_evidence", "basis_until"),
            *("collected_from", "collected_until", "attested"),
        )
        labels = {
            "source": "Source",
            "basis_evidence": "Evidence",
            "basis_until": "Last valid day of the basis",
            "collected_from": "Collected from",
            "collected_until": "Collected until",
        }
        help_texts = {"source": "Where and how they gave you their address."}
        widgets = {
            "basis_evidence": forms.Select(
                choices=[("", "None"), ("order", "An order"), ("account", "A user account")]
            ),
            "basis_until": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "collected_from": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
            "collected_until": forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.fields["source"].required = True
        for name in ("basis_until", "collected_from", "collected_until"):
            self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        """What a claimed basis needs to count at all."""
        data = super().clean() or self.cleaned_data
        if data.get("basis") == "existing_customer" and not data.get("basis_evidence"):
            self.add_error("basis_evidence", "Say what shows that they are customers.")
        if data.get("basis") == "implied" and not data.get("basis_until"):
            self.add_error("basis_until", "Implied consent ends some day: say when.")
        self._refuse_impossible_days(data)
        first, last = data.get("collected_from"), data.get("collected_until")
        if first and last and first > last:
            self.add_error("collected_until", "This day is before the first one.")
        return data

    def _refuse_impossible_days(self, data: dict[str, Any]) -> None:
        """A basis ends neither yesterday nor in the year 9999, and nobody was met tomorrow."""
        today = timezone.localdate()
        until = data.get("basis_until")
        if until and (wrong := wrong_end(data.get("basis") or "", until, today=today)):
            self.add_error("basis_until", wrong)
        for name in ("collected_from", "collected_until"):
            if data.get(name) and data[name] > today:
                self.add_error(name, "This day is still to come.")
            elif data.get(name) and data[name] < EARLIEST.date():
                self.add_error(name, f"Say a day after {EARLIEST.year}.")


class ColumnsForm(forms.Form):
    """Step 3: which column is what."""

    skip_bad_rows = forms.BooleanField(
        label="Skip rows that can not be read, import the others", required=False, initial=True
    )

    def __init__(self, *arguments: Any, mapping: dict[str, str], **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.names = list(mapping)
        for number, (name, field) in enumerate(mapping.items()):
            self.fields[f"col-{number}"] = forms.ChoiceField(
                label=name,
                initial=field,
                choices=[
                    *STANDARD_FIELDS.items(),
                    *([] if name in STANDARD_FIELDS else [(name, f"Own field: {name}")]),
                    (LEAVE_OUT, "Leave this column out"),
                ],
            )

    def columns(self) -> list[forms.BoundField]:
        """The selects, in the order of the file."""
        return [self[f"col-{number}"] for number in range(len(self.names))]

    def mapping(self) -> dict[str, str]:
        """The valid decision: column -> field."""
        return {name: self.cleaned_data[f"col-{number}"] for number, name in enumerate(self.names)}

    def clean(self) -> dict[str, Any]:
        """One column is the address, and no field is chosen twice."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                check_mapping(self.mapping())
            except Stopped as stopped:
                raise forms.ValidationError(stopped.sentence, code=stopped.code) from None
        return data
