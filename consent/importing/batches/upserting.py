"""The SQL of storing a batch of people: who is known, who left, insert or update."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection

from consent.importing.models import Import
from consent.importing.rows import Person, Row
from marketing.audience.bulk import contacts_knowing
from marketing.staging import stage

# Each table by its index: joined to the addresses, they were read whole.
_KNOWN: Final = """
WITH here AS MATERIALIZED (
    SELECT c.address_hash, c.id, c.country FROM contact c
    WHERE c.account_id = %(account)s AND c.address_hash = ANY(%(hashes)s::bytea[])),
said AS MATERIALIZED (
    SELECT s.address_hash, s.newsletter, s.suppressed, s.erased_at FROM standing s
    WHERE s.account_id = %(account)s AND s.address_hash = ANY(%(hashes)s::bytea[]))
SELECT address_hash, here.id, coalesce(here.country, ''), said.address_hash IS NOT NULL,
    coalesce(said.newsletter, ''), coalesce(said.suppressed, ''), said.erased_at IS NOT NULL
FROM here FULL JOIN said USING (address_hash)
"""

# One look by the key for each: of an account that is new the planner knows nothing, and would read
# all that was imported so far for every batch. OFFSET keeps it from turning this into a join.
_SAID: Final = """
SELECT p.hash, s.newsletter, s.suppressed, s.erased_at IS NOT NULL FROM staged_person p
CROSS JOIN LATERAL (
    SELECT s.newsletter, s.suppressed, s.erased_at FROM standing s
    WHERE s.account_id = %s AND s.address_hash = p.hash OFFSET 0) s
"""

_PERSON: Final = {
    "hash": "bytea",
    **dict.fromkeys(("address", "key", "first", "last", "country", "language"), "text"),
    "fields": "jsonb",
    "line": "bigint",
    "says": "text",  # what the row brings the ledger: "agreed", "blocked" or nothing
}

# New contacts get the consent that standing will say, so that no trigger writes them a second time.
_STORE: Final = """
INSERT INTO contact AS c (account_id, address, address_key, address_hash, first_name, last_name,
    country, language, fields, search_text, basis, basis_evidence, basis_attested, basis_until,
    source, import_id, created_at, changed_at, consent)
SELECT %(account)s, p.address, p.key, p.hash, p.first, p.last, p.country, p.language,
    p.fields, left(lower(btrim(concat(p.first, ' ', p.last, ' ', p.key))), 700),
    %(basis)s, %(evidence)s, %(attested)s, %(until)s, concat(%(source)s, p.line), %(import)s,
    now(), now(),
    contact_consent(%(basis)s, CASE p.says WHEN 'agreed' THEN 'agreed' ELSE '' END, false,
        CASE p.says WHEN 'blocked' THEN 'import' ELSE '' END)
FROM staged_person p WHERE p.hash = ANY(%(hashes)s::bytea[]) = %(here)s
"""

# Whom the account has already is found by the insert itself, whatever the planner believes, and
# even where a member types the person at this very moment.
_INSERT: Final = f"""{_STORE}
ON CONFLICT (account_id, address_hash) DO NOTHING RETURNING address_hash
"""

# A later value wins where there is one; a basis is only replaced by another claim.
_MERGE: Final = f"""{_STORE}
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
"""

_UPDATE: Final = """
UPDATE contact c SET
    first_name = coalesce(nullif(p.first, ''), c.first_name),
    last_name = coalesce(nullif(p.last, ''), c.last_name),
    language = coalesce(nullif(p.language, ''), c.language),
    fields = c.fields || p.fields,
    changed_at = now(),
    search_text = left(lower(btrim(concat(coalesce(nullif(p.first, ''), c.first_name), ' ',
        coalesce(nullif(p.last, ''), c.last_name), ' ', c.address_key))), 700)
FROM staged_person p
WHERE c.account_id = %(account)s AND c.address_hash = p.hash AND p.hash = ANY(%(left)s)
"""


@dataclass(frozen=True)
class Known:
    """What the account knew about an address before the batch; `left` is a word or ""."""

    contact_id: int | None
    country: str
    stands: bool
    newsletter: str
    suppressed: str
    erased: bool

    @property
    def left(self) -> str:
        """Why the person is kept out, or nothing."""
        if self.suppressed:
            return self.suppressed
        return self.newsletter if self.newsletter != "agreed" else ""


NOBODY: Final = Known(None, "", False, "", "", erased=False)


def stage_people(people: Mapping[bytes, Row]) -> None:
    """Lay the batch where the statements below read it."""
    with connection.cursor() as cursor:
        stage(
            cursor,
            "staged_person",
            _PERSON,
            (
                (
                    hashed,
                    (person := placed.person).address.send_to,
                    person.address.key,
                    person.first_name,
                    person.last_name,
                    person.country,
                    person.language,
                    json.dumps(_told(person.fields)) if person.fields else "{}",
                    placed.line,
                    _said(person),
                )
                for hashed, placed in people.items()
            ),
        )


def known_people(account_id: int, hashes: Iterable[bytes]) -> dict[bytes, Known]:
    """What is known about those of the addresses of which anything is, in one query."""
    if not (wanted := list(hashes)):
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"account": account_id, "hashes": wanted})
        return {bytes(row[0]): Known(*row[1:]) for row in cursor.fetchall()}


def said_by_staged(account_id: int) -> dict[bytes, Known]:
    """Those of the staged people of whom anything stands, be they contacts or not."""
    with connection.cursor() as cursor:
        cursor.execute(_SAID, [account_id])
        return {bytes(of): Known(None, "", True, *said) for of, *said in cursor.fetchall()}


def keep_countries(countries: Mapping[bytes, str]) -> None:
    """Put these countries in place of those that the staged rows say."""
    if countries:
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE staged_person p SET country = k.country
                   FROM unnest(%s::bytea[], %s::text[]) k(hash, country) WHERE k.hash = p.hash""",
                [list(countries), list(countries.values())],
            )


def insert(imported: Import, *, besides: Iterable[bytes], all_unheard_of: bool) -> set[bytes]:
    """Insert those of the staged people who are no contacts, but those; who was inserted.

    `all_unheard_of` says that nothing stands about any of them: then no contact is looked at twice.
    """
    with connection.cursor() as cursor, contacts_knowing(cursor, known=all_unheard_of):
        cursor.execute(_INSERT, _parameters(imported, besides, here=False))
        return {bytes(of) for (of,) in cursor.fetchall()}


def merge(imported: Import, hashes: Iterable[bytes]) -> None:
    """Bring contacts who are here up to date with the staged rows about them."""
    if here := list(hashes):
        with connection.cursor() as cursor:
            cursor.execute(_MERGE, _parameters(imported, here, here=True))


def _parameters(imported: Import, hashes: Iterable[bytes], *, here: bool) -> dict[str, Any]:
    claimed = imported.basis if imported.basis in ("existing_customer", "implied") else ""
    return {
        "account": imported.account_id,
        "import": imported.pk,
        "source": f"Import {imported.file_name}"[:180] + ", line ",
        "basis": claimed,
        "evidence": imported.basis_evidence if claimed else "",
        "attested": bool(claimed and imported.attested),
        "until": imported.basis_until if claimed else None,
        "hashes": list(hashes),
        "here": here,
    }


def update_fields(account_id: int, *, left: Iterable[bytes]) -> None:
    """New names and fields for contacts who left; country, basis and standing stay as they are."""
    if gone := list(left):
        with connection.cursor() as cursor:
            cursor.execute(_UPDATE, {"account": account_id, "left": gone})


def _said(person: Person) -> str:
    if person.status in ("excluded", "held"):
        return "blocked"
    return "agreed" if person.proof else ""


def _told(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with a value: an empty cell says nothing and removes nothing."""
    return {name: value for name, value in fields.items() if value}
