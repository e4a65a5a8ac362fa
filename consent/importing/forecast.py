"""What an import would do, counted before anything is written, by the code that will do it.

A long file is looked at up to MOST rows: the page answers at once and says how far it looked.
"""

from dataclasses import dataclass, field
from itertools import islice
from typing import Any, Final

from consent.importing.batches.upserting import NOBODY, known_people
from consent.importing.drafting import opened
from consent.importing.models import Import
from consent.importing.reading import find_shape, records
from consent.importing.rows import Row
from consent.importing.running import BATCH, checked_rows, reader_of

MOST: Final = 20_000
SHOWN: Final = 20


@dataclass
class Forecast:
    """Rows looked at, and what would become of them: created + merged + kept out + errors."""

    looked_at: int = 0
    created: int = 0
    known: int = 0  # people the account has already
    repeated: int = 0  # rows about somebody who stands earlier in the file
    kept_out: int = 0
    errors: int = 0
    proved: int = 0  # rows with a date of agreement
    blocked: int = 0  # rows whose status says that they left, or nothing we understand
    faulty: list[dict[str, Any]] = field(default_factory=list)  # the first of them

    @property
    def good(self) -> int:
        """Rows that can be read."""
        return self.looked_at - self.errors

    @property
    def merged(self) -> int:
        """Rows that add to somebody instead of making a contact."""
        return self.known + self.repeated


def forecast_of(imported: Import) -> Forecast:
    """Look at the first MOST rows of a draft; one query per batch."""
    file = opened(imported)
    shape = find_shape(file, encoding=imported.encoding, separator=imported.separator)
    reader = reader_of(imported, shape)
    rest = islice(records(file, shape), MOST)
    found, seen = Forecast(), set[bytes]()
    while batch := list(islice(rest, BATCH)):
        rows, bad = checked_rows(reader, batch)
        found.looked_at += len(batch)
        found.errors += len(bad)
        found.faulty += bad[: SHOWN - len(found.faulty)]
        _count(imported.account_id, rows, seen, found)
    return found


def _count(account_id: int, rows: list[Row], seen: set[bytes], found: Forecast) -> None:
    known = known_people(account_id, list({row.address_hash for row in rows}))
    for row in rows:
        of = row.address_hash
        found.proved += row.person.proof is not None
        found.blocked += row.person.status in ("excluded", "held")
        known_as = known.get(of, NOBODY)
        if known_as.left:
            found.kept_out += 1
        elif of in seen:
            found.repeated += 1
        elif known_as.contact_id:
            found.known += 1
        else:
            found.created += 1
        seen.add(of)
