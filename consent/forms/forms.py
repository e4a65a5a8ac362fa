"""The input of the editor of consent forms."""

import re
from typing import Any, Final

from django import forms

from consent.forms.texts import Texts
from consent.forms.versions import is_name_taken

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")


class LineField(forms.CharField):
    """One line: no line breaks or other control characters, it may end up in a mail header."""

    def clean(self, value: Any) -> Any:
        """Refuse what would break the line."""
        cleaned = super().clean(value)
        if _CONTROL.search(cleaned):
            raise forms.ValidationError("Write this in one line, without special characters.")
        return cleaned


class TextsForm(forms.Form):
    """The words of one language of a form; `name` only for own forms."""

    name = LineField(label="Name", max_length=120, help_text="Only you see it.")
    subject = LineField(
        label="Mail subject",
        max_length=200,
        help_text="No offer here: a request must not advertise.",
    )
    question = LineField(label="Question", max_length=200)
    text = forms.CharField(
        label="Text",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="Say who writes, about what, how often, and how to stop.",
    )
    yes = LineField(label="Button to agree", max_length=80)
    no = LineField(label="Button to refuse", max_length=80)
    asks_tracking = forms.BooleanField(label="Also ask about tracking", required=False)
    tracking_question = LineField(
        label="Sentence beside the tracking box", max_length=300, required=False
    )

    def __init__(self, *arguments: Any, account: Any, form_id: int | None, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.account = account
        self.form_id = form_id

    def clean_name(self) -> str:
        """Two forms with one name could not be told apart where a campaign chooses."""
        name: str = self.cleaned_data["name"]
        if is_name_taken(self.account, name, besides=self.form_id):
            raise forms.ValidationError("You have a form with this name. Choose another one.")
        return name

    def clean_text(self) -> str:
        """Line ends as the canonical text has them."""
        return str(self.cleaned_data["text"]).replace("\r\n", "\n").replace("\x00", "")

    def clean(self) -> dict[str, Any]:
        """A box needs its sentence."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("asks_tracking") and not cleaned.get("tracking_question"):
            self.add_error("tracking_question", "Write the sentence people say yes to.")
        return cleaned

    def texts(self) -> Texts:
        """The words as typed; call when valid."""
        data = self.cleaned_data
        return Texts(
            subject=data["subject"],
            question=data["question"],
            text=data["text"],
            yes=data["yes"],
            no=data["no"],
            tracking_question=data["tracking_question"] if data["asks_tracking"] else "",
        )
