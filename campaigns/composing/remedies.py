"""What an author can do about a merge tag that is wrong. Pure: words only, no parsing of tags."""

import difflib
import re
from collections.abc import Collection, Iterable
from typing import Final

from campaigns.composing.tags import spans_of

SHOWN: Final = 8  # fields that are named in one sentence
_QUOTED: Final = 60
_ENDED: Final = re.compile(r"expected tag end(\w+)", re.IGNORECASE)
_UNEXPECTED: Final = re.compile(r"unexpected tag '(\w+)'", re.IGNORECASE)
_EXAMPLE: Final = '{{ contact.first_name | default: "friend" }}'


def no_field(path: str, known: Iterable[str]) -> str:
    """There is no such field: the one that was meant, or those there are."""
    fields = sorted(field for field in known if field.startswith("contact."))
    # Compared by its last word alone, in small letters: FirstName, first_name.
    by_letters = {_letters(field): field for field in fields}
    near = difflib.get_close_matches(_letters(path), list(by_letters), n=1, cutoff=0.75)
    if near:
        return f"There is no field {path}. Did you mean {by_letters[near[0]]}?"
    if not fields:
        return f"There is no field {path}. Take it out."
    more = f" and {len(fields) - SHOWN} more" if len(fields) > SHOWN else ""
    return f"There is no field {path}. There are {', '.join(fields[:SHOWN])}{more}."


def no_filter(name: str, filters: Collection[str]) -> str:
    """There is no such filter: those there are."""
    return f"The filter {name} is not available. Use {', '.join(sorted(filters))}, or take it out."


def not_closed(opening: str, closing: str) -> str:
    """A tag that never ends."""
    return f"{opening} is not closed by {closing}. Write {closing} where it ends."


def not_read(message: str, source: str, index: int, *, tags: Collection[str]) -> str:
    """The parser's message in words, with what to write instead."""
    if ended := _ENDED.search(message):
        word = ended[1]
        return f"{{% {word} %}} is not closed. Write {{% end{word} %}} where it ends."
    if unexpected := _UNEXPECTED.search(message):
        return _unexpected(unexpected[1], tags)
    return f"{_tag_at(source, index)} cannot be read. Write a field like {_EXAMPLE}."


def _unexpected(word: str, tags: Collection[str]) -> str:
    if word.startswith(("end", "els", "when")):
        return f"{{% {word} %}} has nothing before it that it belongs to. Take it out."
    return f"{{% {word} %}} is not possible. There are {', '.join(sorted(tags))}."


def _letters(path: str) -> str:
    return re.sub(r"[^a-z0-9]", "", path.rpartition(".")[2].lower())


def _tag_at(source: str, index: int) -> str:
    """The tag a parser complains about: where it ends, the parser is already behind it."""
    before = [source[a:b] for a, b in spans_of(source) if a <= index]
    found = before[-1] if before else "This tag"
    return found if len(found) <= _QUOTED else f"{found[: _QUOTED - 1]}…"
