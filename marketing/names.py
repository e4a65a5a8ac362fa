"""Names and one sentence as people type them: what is kept of each, and the form fields.

A name stands in headers of mails, in lists and beside other words: a character that nobody sees
must not turn the rest of the line around, nor hide in it.
"""

import re
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

# Controls, marks of direction, joiners of nothing. U+200C and U+200D stay: Persian, Indian scripts
# and many pictures are written with them.
_HIDDEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
_JOINERS: Final = "\u200c\u200d"


def visible(text: str) -> str:
    """The text without what cannot be seen; line ends and tabs stay."""
    # Nothing of it is printable: most texts need no second look.
    return text if text.isprintable() else _HIDDEN.sub("", text)


def plain_name(text: str) -> str:
    """One line with single blanks between its words; "" where nothing can be seen."""
    name = " ".join(visible(text).split())
    return name if name.strip(_JOINERS) else ""


_LONGEST_SENTENCE: Final = 200
# A consent request is no advertisement: no link, no address, no amount off.
_OFFERS: Final = re.compile(r"://|www\.|\S@\S|\d\s?%|[€$£]")


class NameField(forms.CharField):
    """A name in one line; nothing but invisible characters counts as empty."""

    def to_python(self, value: Any) -> str:
        """Cleaned before it is measured, so that its length is what people count."""
        return plain_name(super().to_python(value) or "")


class KnownFromField(NameField):
    """The sentence people read; nothing that makes the question an advertisement."""

    def __init__(self, *, label: str = "Where do these people know you from?") -> None:
        super().__init__(
            label=label,
            required=False,
            max_length=_LONGEST_SENTENCE,
            help_text="People read this sentence in the mail that asks them. Write it to them, in "
            "their language: “You left your address at our workshop in Lyon.” Left empty, the mail "
            "says since when you have their address.",
            widget=forms.TextInput(),
        )

    def validate(self, value: str) -> None:
        """Plain words only."""
        super().validate(value)
        if _OFFERS.search(value):
            raise ValidationError("Only words: no link, address, price or percentage here.")
