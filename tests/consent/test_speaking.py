"""Days and minutes in the words of the recipients."""

from datetime import UTC, datetime

import pytest

from consent.asking import speaking


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "1 March 2026, 09:05"),
        ("fr-CA", "1 mars 2026, 09:05"),
        ("de", "1. März 2026, 09:05"),
        ("xx", "1 March 2026, 09:05"),
    ],
)
def test_a_moment_is_written_as_people_of_the_language_write_it(
    language: str, written: str
) -> None:
    at = datetime(2026, 3, 1, 8, 5, tzinfo=UTC)
    assert speaking.minute(at, "Europe/Paris", language=language) == written
