"""The letters in the round mark of a person or a company, for names of every script. Pure."""

import unicodedata
from collections.abc import Iterator
from typing import Final

NOBODY: Final = "?"
_JOINER: Final = "\u200d"


def initials_of(name: str) -> str:
    """The first letters of the first and the last word, as capitals; of an address before its @.

    A name without letters has its first sign, a picture for example. Letters that would be
    written together, as in Arabic, stand alone.
    """
    text = unicodedata.normalize("NFC", name.strip())
    if " " not in text:
        text = text.partition("@")[0] or text
    words = [letter for word in text.replace(".", " ").split() if (letter := _letter(word))]
    if not words:
        return next(_signs(text), NOBODY)
    is_joined = any(unicodedata.bidirectional(letter) == "AL" for letter in words)
    return words[0] if is_joined or len(words) == 1 else words[0] + words[-1]


def _letter(word: str) -> str:
    """The first letter or digit of a word as one capital; "" if it has none."""
    first = next((sign for sign in word if unicodedata.category(sign)[0] in "LN"), "")
    capital = first.upper()
    return capital if len(capital) == 1 else first


def _signs(text: str) -> Iterator[str]:
    """What people see as one sign each: with its marks, and pictures joined to one."""
    sign = ""
    for character in text:
        kind = unicodedata.category(character)
        is_more = kind in ("Mn", "Me", "Sk") or character == _JOINER or sign.endswith(_JOINER)
        if sign and is_more:
            sign += character
        elif kind[0] in "SP":
            if sign:
                yield sign
            sign = character
    if sign:
        yield sign
