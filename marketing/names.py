"""Names as people type them: what is kept of one, and the form field for it.

A name stands in headers of mails, in lists and beside other words: a character that nobody sees
must not turn the rest of the line around, nor hide in it.
"""

import re
from typing import Any, Final

from django import forms

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


class NameField(forms.CharField):
    """A name in one line; nothing but invisible characters counts as empty."""

    def to_python(self, value: Any) -> str:
        """Cleaned before it is measured, so that its length is what people count."""
        return plain_name(super().to_python(value) or "")
