"""The SQL of storing a batch of people: who is known, who left, insert or update."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from django.db import connection

from consent.importing.models import Import
from consent.importing.rows import Person

_KNOWN: Final = """
SELECT h.hash, c.id, coalesce(c.country, ''), coalesce(s.newsletter, ''),
    coalesce(s.suppressed, ''), s.erased_at IS NOT NULL
FROM unnest(%s::bytea[]) AS h(hash)
LEFT JOIN contact c ON c.account_id = %s AND c.address_hash = h.hash
LEFT JOIN standing s ON s.account_id = %s AND s.address_hash = h.hash
"""

_COLUMNS: Final = (
    "unnest(%(hash)s::bytea[], %(address)s::text[], %(key)s::text[], %(first)s::text[],"
    " %(last)s::text[], %(country)s::text[], %(language)s::text[], %(fields)s::text[],"
    " %(source)s::text[])"
    " AS p(hash, address, key, first, last, country, language, fields, source)"
)

# A later value wins where there is one; a basis is only replaced by another claim.
_UPSERT: Final = f"""
INSERT INTO contact AS c (account_id, address, address_key, address_hash, first_name, last_name,
    country, language, fields, search_text, basis, basis_evidence, basis_attested, basis_until,
    source, import_id, created_at, changed_at)
SELECT %(account)s, p.address, p.key, p.hash, p.first, p.last, p.country, p.language,
    p.fields::jsonb, left(lower(btrim(concat(p.first, ' ', p.last, ' ', p.key))), 700),
    %(basis)s, %(evidence)s, %(attested)s, %(until)s, p.source, %(import)s, now(), now()
FROM {_COLUMNS}
ON CONFLICT (account_id, address_hash) DO UPDATE SET
    first_name = coalesce(nullif(excluded.first_name, ''), c.first_name),
    last_name = coalesce(nullif(excluded.last_name, ''), c.last_name),
    country = coalesce(nullif(excluded.country, ''), c.country),
    language = coalesce(nullif(excluded.language, ''), c.language),
    fields = c.fields || excluded.fields,
    basis = CASE WHEN excluded.basis <> '' THEN excluded.basis ELSE c.basis END,
    basis_evidence = CASE WHEN excluded.basis <> '' THEN excluded.basis_evidence
        ELSE c.basis_evidence END,
    basis_attested = CASE WHEN excluded.basis <> '' THEN excluded.basis_attested
        ELSE c.basis_attested END,
    basis_until = CASE WHEN excluded.basis <> '' THEN excluded.basis_until ELSE c.basis_until END,
    import_id = excluded.import_id,
    changed_at = now(),
    search_text = left(lower(btrim(concat(
        coalesce(nullif(excluded.first_name, ''), c.first_name), ' ',
        coalesce(nullif(excluded.last_name, ''), c.last_name), ' ', c.address_key))), 700)
RETURNING address_hash, xmax = 0
"""

_UPDATE: Final = f"""
UPDATE contact c SET
    first_name = coalesce(nullif(p.first, ''), c.first_name),
    last_name = coalesce(nullif(p.last, ''), c.last_name),
    language = coalesce(nullif(p.language, ''), c.language),
    fields = c.fields || p.fields::jsonb,
    changed_at = now(),
    search_text = left(lower(btrim(concat(coalesce(nullif(p.first, ''), c.first_name), ' ',
        coalesce(nullif(p.last, ''), c.last_name), ' ', c.address_key))), 700)
FROM {_COLUMNS}
WHERE c.account_id = %(account)s AND c.address_hash = p.hash
"""


@dataclass(frozen=True)
class Known:
    """What the account knew about an address before the batch; `left` is a word or ""."""

    contact_id: int | None
    country: str
    newsletter: str
    suppressed: str
    erased: bool

    @property
    def left(self) -> str:
        """Why the person is kept out, or nothing."""
        if self.suppressed:
            return self.suppressed
        return self.newsletter if self.newsletter != "agreed" else ""


class Placed(Protocol):
    """A person and the line they come from."""

    @property
    def line(self) -> int: ...

    @property
    def person(self) -> Person: ...


def known_people(account_id: int, hashes: list[bytes]) -> dict[bytes, Known]:
    """What is known about each of the addresses, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [hashes, account_id, account_id])
        return {bytes(row[0]): Known(*row[1:]) for row in cursor.fetchall()}


def upsert(imported: Import, people: Mapping[bytes, Placed]) -> set[bytes]:
    """Insert or update the contacts; the hashes of those who are new."""
    if not people:
        return set()
    claimed = imported.basis if imported.basis in ("existing_customer", "implied") else ""
    parameters = _arrays(people, imported.file_name) | {
        "account": imported.account_id,
        "import": imported.pk,
        "basis": claimed,
        "evidence": imported.basis_evidence if claimed else "",
        "attested": bool(claimed and imported.attested),
        "until": imported.basis_until if claimed else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_UPSERT, parameters)
        return {bytes(hashed) for hashed, is_new in cursor.fetchall() if is_new}


def update_fields(account_id: int, people: Mapping[bytes, Placed]) -> None:
    """New names and fields for contacts who left; country, basis and standing stay as they are."""
    if not people:
        return
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, _arrays(people, "") | {"account": account_id})


def _arrays(people: Mapping[bytes, Placed], file_name: str) -> dict[str, Any]:
    found = [(placed.line, placed.person) for placed in people.values()]
    return {
        "hash": list(people),
        "address": [person.address.send_to for _, person in found],
        "key": [person.address.key for _, person in found],
        "first": [person.first_name for _, person in found],
        "last": [person.last_name for _, person in found],
        "country": [person.country for _, person in found],
        "language": [person.language for _, person in found],
        "fields": [json.dumps(_told(person.fields)) for _, person in found],
        "source": [f"Import {file_name}"[:180] + f", line {line}" for line, _ in found],
    }


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with a value: an empty cell says nothing and removes nothing."""
    return {name: value for name, value in fields.items() if value}
