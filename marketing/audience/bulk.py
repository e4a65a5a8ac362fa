"""What a writer of contacts by the thousand tells the database, for its own transaction only."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from django.db import connection

# Sorting the trigrams of a whole batch at once costs half of what many small lists cost.
_ROOM: Final = """
SELECT set_config('work_mem', '64MB', true), set_config('gin_pending_list_limit', '64MB', true)
"""
_FOLD: Final = "SELECT fold_contact_search()"
_TELL: Final = "SELECT set_config('app.contacts_know', %s, true)"


def make_room() -> None:
    """Let this transaction sort much in memory, and gather for the search what `fold_search` folds.

    The search finds what is gathered, only slower.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ROOM)


def fold_search() -> None:
    """Sort what was gathered into the index of the search; in a transaction of its own."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD)


@contextmanager
def contacts_knowing(cursor: Any, *, known: bool) -> Iterator[None]:
    """Inside, inserts into contact and standing bring no look at the other table, if `known`.

    Contacts show what standing says, and triggers keep that. Who writes both and knows what
    standing will say spares them finding each row again.
    """
    if not known:
        yield
        return
    cursor.execute(_TELL, ["yes"])
    yield
    cursor.execute(_TELL, [""])
