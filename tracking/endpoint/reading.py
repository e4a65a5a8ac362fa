"""One connection that is kept for reading, opened anew after a failure."""

from collections.abc import Sequence
from typing import Any

import psycopg2

from tracking.endpoint.writing import connected


class Reader:
    """Not safe to call from several threads at once: who has it holds a lock."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._connection: Any = None

    def select(self, statement: str, values: Sequence[int] = ()) -> list[tuple[Any, ...]]:
        """All rows; raises psycopg2.Error."""
        if self._connection is None or self._connection.closed:
            self._connection = connected(self._database_url)
            self._connection.autocommit = True
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(statement, values)
                return list(cursor.fetchall())
        except psycopg2.Error:
            self._connection.close()
            raise
