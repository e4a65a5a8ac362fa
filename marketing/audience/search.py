"""Searching contacts by name or address, as an SQL condition that stays fast at a million.

A rare term is found by the trigram index, through a function that row security can not slow down
(migration 0006). A frequent one needs no index: its people come at once in the order of the list.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

MOST: Final = 1_000  # a term with more people than this is frequent
_INDEXED: Final = re.compile(r"\w{3}")


@dataclass(frozen=True)
class Searched:
    """A condition over `contact c`, and whether it names all people (few enough to count)."""

    condition: str
    parameters: tuple[Any, ...]
    is_complete: bool


def searched(term: str) -> Searched:
    """People whose name or address holds the term; one or two letters must begin a word.

    Call inside `use_account`: the account is that of the transaction.
    """
    typed = term.lower()
    is_beginning = len(typed) < 3 and typed.isalnum()
    if is_beginning or _INDEXED.search(typed):
        with connection.cursor() as cursor:
            cursor.execute("SELECT ARRAY(SELECT contact_search(%s, %s))", [typed, MOST + 1])
            ids = cursor.fetchone()[0]
        if len(ids) <= MOST:
            return Searched("c.id = ANY(%s)", (ids,), is_complete=True)
    # `position` and not LIKE: for LIKE the planner guesses few people, and reads all to sort them.
    if is_beginning:
        text = "position(%s in ' ' || c.search_text) > 0"
        return Searched(text, (f" {typed}",), is_complete=False)
    return Searched("position(%s in c.search_text) > 0", (typed,), is_complete=False)
