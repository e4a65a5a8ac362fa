"""One batch of checked rows into contacts and ledger records, set-based, in one transaction.

Who left stays as they are: an import brings them nothing but new field values. A row with proof
becomes a record of the ledger; one that says the person left elsewhere blocks the address.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, TypeAlias

from consent.importing.models import Import
from consent.importing.rows import Person
from consent.importing.upserting import (
    NOBODY,
    Known,
    keep_countries,
    known_people,
    stage_people,
    update_fields,
    upsert,
)
from consent.ledger.entries import Entry
from consent.ledger.recording import append, lock
from marketing.access import may
from marketing.accounts.auditing import record
from marketing.audience.contacts import loosens, note_countries
from marketing.audience.hashing import address_hash
from marketing.models import Account
from marketing.rules.versions import policy_in_force

LEFT: Final = {
    "refused": "refused",
    "unsubscribed": "unsubscribed",
    "withdrew": "withdrew consent",
    "complaint": "complained",
    "bounce": "address bounced",
    "member": "blocked by a member",
    "import": "excluded by an import",
}
ERASED: Final = "Had their data erased: not stored again."


Place: TypeAlias = tuple[int, int]  # number of the record, physical line where it starts


class Row(NamedTuple):
    """A checked record and where it stands in the file. People are told the line."""

    number: int
    line: int
    person: Person

    @property
    def place(self) -> Place:
        """Both numbers."""
        return self.number, self.line


@dataclass
class Outcome:
    """What became of a batch: rows per outcome, and the lines of the report."""

    created: int = 0
    merged: int = 0
    kept_out: int = 0
    report: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, kind: str, row: Row, text: str, **more: Any) -> None:
        """One line of the report."""
        value = row.person.address.send_to
        line = {"kind": kind, "record": row.number, "line": row.line, "value": value, "text": text}
        self.report.append(line | more)


def store_rows(
    imported: Import, rows: Sequence[Row], *, seen: dict[bytes, Place], now: datetime
) -> Outcome:
    """Store the rows; `seen` holds where every address of this file stood first and is added to.

    Within a file the later row wins where it says something. Call inside `use_account`.
    """
    # First of all, in the order of everybody who appends: standing writes contacts, too.
    lock(imported.account_id)
    outcome = Outcome()
    grouped: dict[bytes, list[Row]] = {}
    for row in rows:
        grouped.setdefault(address_hash(row.person.address.key), []).append(row)
    people = {hashed: _merged(group) for hashed, group in grouped.items()}
    stage_people(people, imported.file_name)
    known = known_people(imported.account_id, list(people))
    left = {hashed for hashed, known_as in known.items() if known_as.left}
    people = _keep_countries(imported, people, known, outcome)
    were_here = upsert(imported, left=left)
    update_fields(imported.account_id, left=(h for h in left if known[h].contact_id))
    for hashed, group in grouped.items():
        is_new, known_as = hashed not in were_here, known.get(hashed, NOBODY)
        _count(outcome, group, known_as, is_new=is_new, first=seen.get(hashed))
        seen.setdefault(hashed, group[0].place)
    entries = _entries(
        imported, ((h, row) for h, row in people.items() if h not in left), known, now
    )
    note_countries(imported.account, [row.person.country for row in people.values()])
    append(imported.account_id, entries)
    outcome.report.sort(key=lambda line: line["record"])
    return outcome


def _count(
    outcome: Outcome, group: Sequence[Row], known: Known, *, is_new: bool, first: Place | None
) -> None:
    if known.left:
        outcome.kept_out += len(group)
        for row in group:
            text = ERASED if known.erased else f"Left earlier: {LEFT[known.left]}."
            # Who had themselves erased stands in no report either.
            hidden = {"value": ""} if known.erased else {}
            outcome.tell("kept_out", row, text, left=known.left, **hidden)
        return
    outcome.created += is_new
    outcome.merged += len(group) - is_new
    earlier = first
    for row in group:
        if earlier is not None:
            text = f"The same person as in line {earlier[1]}. The later line wins."
            outcome.tell("merged", row, text, into_record=earlier[0])
        earlier = earlier or row.place
    status = group[-1].person.status
    if status == "held":
        outcome.tell("held", group[-1], "Status not understood: not mailed until you unblock them.")


def _merged(group: Sequence[Row]) -> Row:
    """One person of several rows: later values win where there are any."""
    if len(group) == 1:
        return group[0]
    person = group[0].person
    for row in group[1:]:
        later = row.person
        person = later._replace(
            first_name=later.first_name or person.first_name,
            last_name=later.last_name or person.last_name,
            country=later.country or person.country,
            language=later.language or person.language,
            fields={**person.fields, **{n: value for n, value in later.fields.items() if value}},
            proof=later.proof or person.proof,
            status=later.status or person.status,
        )
    return group[-1]._replace(person=person)


def _keep_countries(
    imported: Import, people: Mapping[bytes, Row], known: Mapping[bytes, Known], outcome: Outcome
) -> dict[bytes, Row]:
    """A country that loosens the rule of somebody we know needs an admin, and is audited."""
    account: Account = imported.account
    rules = policy_in_force()
    loosening = [
        hashed
        for hashed, known_as in known.items()
        if known_as.country
        and people[hashed].person.country
        and loosens(account, known_as.country, people[hashed].person.country, rules=rules)
    ]
    kept = dict(people)
    if not loosening:
        return kept
    if imported.member and may(imported.member, "loosen_country"):
        subject = f"Import {imported.file_name}: {len(loosening)} contacts"
        record(account, by=imported.member, act="country.loosened", subject=subject)
        return kept
    for hashed in loosening:
        row = people[hashed]
        outcome.tell("country_kept", row, "Country kept: a less strict one needs an admin.")
        person = row.person._replace(country=known[hashed].country)
        kept[hashed] = row._replace(person=person)
    keep_countries({hashed: known[hashed].country for hashed in loosening})
    return kept


def _entries(
    imported: Import,
    people: Iterable[tuple[bytes, Row]],
    known: Mapping[bytes, Known],
    now: datetime,
) -> list[Entry]:
    entries = []
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as it is chained
    of_import: dict[str, Any] = {"at": at, "import_id": imported.pk}
    of_import["member_id"] = imported.member_id
    for hashed, row in people:
        person, source = row.person, f"{imported.file_name}, line {row.line}: "
        if person.status in ("excluded", "held"):
            why = "left in the old system" if person.status == "excluded" else "status not clear"
            entries.append(
                Entry(
                    event="blocked",
                    act="import_claim",
                    address_hash=hashed,
                    address=person.address.send_to,
                    source=source + why,
                    **of_import,
                )
            )
        proof = person.proof
        if proof and known.get(hashed, NOBODY).newsletter != "agreed":
            entries.append(
                Entry(
                    event="imported",
                    act="import_proof",
                    address_hash=hashed,
                    address=person.address.send_to,
                    source=source + proof.source,
                    proof_text=proof.text,
                    proof_at=proof.at,
                    **of_import,
                )
            )
    return entries
