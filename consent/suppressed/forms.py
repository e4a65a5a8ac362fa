"""The shapes of input: addresses typed by hand, a file, and the reason for lifting."""

from typing import Any, Final

from django import forms

from consent.ledger.suppressing import Blocked
from marketing.audience.addresses import BadAddress, read_address
from marketing.audience.hashing import address_hash
from marketing.names import visible

MOST: Final = 1_000  # addresses at once; more come as a file
_SHORTEST: Final = 10  # characters of a reason that says something


class AddForm(forms.Form):
    """Addresses that must not be mailed, and why."""

    addresses = forms.CharField(
        label="Addresses, one in each line",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text=f"Up to {MOST:,}. More than that: import a file.",
    )
    reason = forms.CharField(
        label="Why?",
        max_length=200,
        help_text="Others read it here in a year: “Asked by telephone on 3 May not to be mailed”.",
    )

    def clean_addresses(self) -> list[Blocked]:
        """Every line read; the first that can not be is named with its number."""
        lines = [line.strip() for line in self.cleaned_data["addresses"].splitlines()]
        typed = [(number, line) for number, line in enumerate(lines, 1) if line]
        if len(typed) > MOST:
            raise forms.ValidationError(f"These are more than {MOST:,} lines. Import a file.")
        return [_read(number, line) for number, line in typed]

    def clean_reason(self) -> str:
        """In letters that can be seen."""
        return visible(self.cleaned_data["reason"])


def _read(number: int, line: str) -> Blocked:
    try:
        read = read_address(line)
    except BadAddress as bad:
        raise forms.ValidationError(f"Line {number}, “{line[:80]}”: {bad.text}") from bad
    return Blocked(address_hash(read.key), read.send_to)


class FileForm(forms.Form):
    """A list from elsewhere."""

    file = forms.FileField(
        label="CSV, Excel or text file",
        allow_empty_file=True,
        help_text="A column email, or one address in each line. A column reason is kept beside "
        "it. At most 25 MB; of a workbook the first sheet, up to 20,000 rows.",
        widget=forms.FileInput({"accept": ".csv,.tsv,.txt,.xlsx,text/csv,text/plain"}),
    )
    source = forms.CharField(
        label="Where does the list come from?",
        max_length=200,
        help_text="Like “Blocked in our old newsletter system, May 2026”.",
    )

    def clean_source(self) -> str:
        """In letters that can be seen."""
        return visible(self.cleaned_data["source"])


class LiftForm(forms.Form):
    """Why an address may be mailed again. A bounce also needs something that changed."""

    reason = forms.CharField(label="Why may it be mailed again?", max_length=200)
    changed = forms.BooleanField(
        label="The server answers differently now, or the person wrote to us from this address.",
        error_messages={
            "required": "Without a changed answer the next mail bounces too, and that costs "
            "everybody's reputation. Tick this only where something changed."
        },
    )

    def __init__(self, *given: Any, is_bounce: bool, **options: Any) -> None:
        super().__init__(*given, **options)
        self.is_bounce = is_bounce
        if not is_bounce:
            del self.fields["changed"]

    def clean_reason(self) -> str:
        """A sentence, not a dot."""
        reason = visible(self.cleaned_data["reason"])
        if len(reason) < _SHORTEST:
            raise forms.ValidationError("Write a sentence that explains it to others in a year.")
        return reason
