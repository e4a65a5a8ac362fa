"""Open places in the texts of a mail: what an author of mails writes, before any encoding."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailwire.headers import cleaned
from mailwire.skeleton import Values

_FIELD = re.compile(r"\{\{\s*(\w+)\s*\}\}")


@dataclass(frozen=True)
class Field:
    """An open place in a text. In HTML its values are escaped, unless they are HTML already.

    A value of type bytes is taken as quoted-printable already: it comes from `CompiledText.fill`.
    """

    name: str
    is_html: bool = False


Pieces = Sequence[str | Field]


def fields(template: str) -> Pieces:
    """`"Hello {{ name }},"` as pieces: a text, the field `name`, a text."""
    parts = _FIELD.split(template)
    return [Field(part) if at % 2 else part for at, part in enumerate(parts) if at % 2 or part]


def literals(pieces: Pieces) -> str:
    """What stands there for everybody."""
    return "".join(piece for piece in pieces if isinstance(piece, str))


def has_fields(pieces: Pieces) -> bool:
    """Some of it differs from person to person."""
    return any(isinstance(piece, Field) for piece in pieces)


def names_of(pieces: Pieces) -> list[str]:
    """The fields in it, each once."""
    return list(dict.fromkeys(piece.name for piece in pieces if isinstance(piece, Field)))


def merged(pieces: Pieces, values: Values) -> str:
    """One line for one person; control characters in their values become blanks."""
    parts = [values[each.name] if isinstance(each, Field) else each for each in pieces]
    return cleaned("".join(parts))
