"""Rows copied into a temporary table arrive as they were."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from marketing.models import Account
from marketing.staging import stage
from marketing.tenancy import use_account

COLUMNS = {"number": "bigint", "word": "text", "raw": "bytea", "at": "timestamptz"}
AT = datetime(2026, 3, 1, 10, 30, 15, 123000, tzinfo=UTC)


@pytest.mark.parametrize(
    "word", ["", "plain", "\\N", "\\.", "a\tb\nc\rd\\e", "“çà”", "\\x41", "x" * 5_000, None]
)
def test_every_value_comes_back_as_it_was(acme: Account, word: str | None) -> None:
    rows: list[tuple[Any, ...]] = [(1, word, b"\x00\\\n\xff", AT), (None, "other", b"", None)]
    with use_account(acme), connection.cursor() as cursor:
        stage(cursor, "staged_words", COLUMNS, rows)
        cursor.execute("SELECT number, word, raw, at FROM staged_words ORDER BY number NULLS LAST")
        found = [(n, w, bytes(raw), at) for n, w, raw, at in cursor.fetchall()]
    assert found == rows


def test_a_table_is_emptied_before_it_is_filled_anew(acme: Account) -> None:
    with use_account(acme), connection.cursor() as cursor:
        stage(cursor, "staged_words", COLUMNS, [(1, "a", b"", None)])
        stage(cursor, "staged_words", COLUMNS, [(2, "b", b"", None)])
        cursor.execute("SELECT array_agg(word) FROM staged_words")
        assert cursor.fetchone() == (["b"],)
        stage(cursor, "staged_words", COLUMNS, [])
        cursor.execute("SELECT count(*) FROM staged_words")
        assert cursor.fetchone() == (0,)
