"""What a request names in letters: numbers of rows, and what is searched for."""


def number_in(text: str) -> int:
    """The number, 0 where it is none: digits only, and never beyond what a column holds."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0
