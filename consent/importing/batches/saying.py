"""What the rows of a batch bring the ledger: proofs of a yes, and who left elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from consent.importing.batches.upserting import NOBODY, Known
from consent.importing.models import Import
from consent.importing.rows import Row
from consent.ledger.entries import Entry
from consent.ledger.proving import ImportOf, Proof, prove
from consent.ledger.recording import append


def say(
    imported: Import,
    people: Iterable[tuple[bytes, Row]],
    known: Mapping[bytes, Known],
    now: datetime,
) -> None:
    """Append what the rows say; who left is not among them, their contacts are stored.

    A person who agreed already needs no other proof.
    """
    of = ImportOf(imported.account_id, imported.pk, imported.member_id, now)
    new: list[Proof] = []
    first: list[Proof] = []  # of contacts who never said anything
    others: list[Entry] = []
    for hashed, row in people:
        known_as = known.get(hashed, NOBODY)
        blocked = row.person.status in ("excluded", "held")
        if blocked:
            others.append(_blocked(of, hashed, row, file_name=imported.file_name))
        proof = _proof(hashed, row, file_name=imported.file_name)
        if proof is None or known_as.newsletter == "agreed":
            continue
        if blocked or known_as.stands:
            others.append(_entry(of, proof))
        elif known_as is NOBODY:
            new.append(proof)
        else:
            first.append(proof)
    prove(of, new, just_met=True)
    prove(of, first, just_met=False)
    append(imported.account_id, others)


def _proof(hashed: bytes, row: Row, *, file_name: str) -> Proof | None:
    if not (proof := row.person.proof):
        return None
    source = f"{file_name}, line {row.proof_line or row.line}: {proof.source}"
    return Proof(hashed, row.person.address.send_to, source, proof.text, proof.at)


def _entry(of: ImportOf, proof: Proof) -> Entry:
    return Entry(
        event="imported",
        act="import_proof",
        proof_text=proof.text,
        proof_at=proof.at,
        **_about(of, proof),
    )


def _blocked(of: ImportOf, hashed: bytes, row: Row, *, file_name: str) -> Entry:
    person = row.person
    why = "left in the old system" if person.status == "excluded" else "status not clear"
    source = f"{file_name}, line {row.status_line or row.line}: {why}"
    said = Proof(hashed, person.address.send_to, source, "", of.at)
    return Entry(event="blocked", act="import_claim", **_about(of, said))


def _about(of: ImportOf, said: Proof) -> dict[str, Any]:
    return {
        "at": of.at,
        "address_hash": said.address_hash,
        "address": said.address,
        "source": said.source,
        "import_id": of.import_id,
        "member_id": of.member_id,
    }
