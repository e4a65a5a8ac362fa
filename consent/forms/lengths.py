"""How long the words of a form are, and where mail programs cut them. Pure.

Widths differ with letters and screens; these are what the common programs show of plain text.
"""

from dataclasses import dataclass
from typing import Final

PHONE: Final = 45
COMPUTER: Final = 70
BESIDE: Final = 90  # of the text, beside or under the subject in the list of mails
LONGEST_TEXT: Final = 1000


@dataclass(frozen=True)
class Length:
    """One line under the editor: what it is about, how long, and what becomes of it."""

    label: str
    letters: int
    said: str
    shown: str = ""  # what is left of it where it is cut
    is_cut: bool = False


def lengths(words: dict[str, str]) -> list[Length]:
    """Of the subject and of the text."""
    subject = " ".join(words.get("subject", "").split())
    beside = " ".join(f"{words.get('question', '')} {words.get('text', '')}".split())
    return [_of_subject(subject), _of_text(beside, letters=len(words.get("text", "").strip()))]


def _of_subject(subject: str) -> Length:
    label, letters = "Mail subject", len(subject)
    if letters <= PHONE:
        return Length(label, letters, "Fits on most phones.")
    if letters <= COMPUTER:
        return Length(label, letters, "Phones show about", cut(subject, PHONE), is_cut=True)
    said = f"Computers, too, cut it after about {COMPUTER}. Phones show about"
    return Length(label, letters, said, cut(subject, PHONE), is_cut=True)


def _of_text(beside: str, *, letters: int) -> Length:
    if letters > LONGEST_TEXT:
        return Length("Text", letters, f"At most {LONGEST_TEXT:,}.", is_cut=True)
    return Length("Text", letters, "The list of mails shows about", cut(beside, BESIDE))


def cut(text: str, width: int) -> str:
    """The first letters with a sign where it goes on."""
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"
