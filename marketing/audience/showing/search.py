"""Searching contacts by name or address, as an SQL condition that stays fast at a million.

A rare term is found by the trigram index, through a function that row security can not slow down
(migration 0006). A frequent one needs no index: its people come at once in the order of the list.
"""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from marketing.tenancy import current_account_id

MOST: Final = 1_000  # a term with more people than this is frequent
# A term that a tenth of the newest hold, in an account this large, is not worth a bitmap.
_PROBED: Final = 1_000
_EVERYWHERE: Final = 100
_LARGE: Final = 100_000
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
    if (is_beginning or _INDEXED.search(typed)) and not _is_everywhere(typed):
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


def _is_everywhere(typed: str) -> bool:
    """Whether the newest people say that very many hold the term."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT (SELECT sum(n.people) FROM contact_count n WHERE n.account_id = %(account)s),
                      (SELECT count(*) FROM (
                           SELECT c.search_text FROM contact c WHERE c.account_id = %(account)s
                           ORDER BY c.id DESC LIMIT %(probed)s) newest
                       WHERE position(%(typed)s in newest.search_text) > 0)""",
            {"account": current_account_id(), "probed": _PROBED, "typed": typed},
        )
        people, hits = cursor.fetchone()
    return (people or 0) >= _LARGE and hits >= _EVERYWHERE
