"""One batch of checked rows into contacts and ledger records, set-based, in one transaction.

Who left stays as they are: an import brings them nothing but new field values. A row with proof
becomes a record of the ledger; one that says the person left elsewhere blocks the address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from consent.importing.batches.saying import say
from consent.importing.batches.upserting import (
    NOBODY,
    Known,
    insert,
    keep_countries,
    known_people,
    merge,
    said_by_staged,
    stage_people,
    update_fields,
)
from consent.importing.models import Import
from consent.importing.rows import Place, Row
from consent.ledger.recording import lock
from marketing.access import may
from marketing.accounts.auditing import record
from marketing.audience.contacts import loosens, note_countries
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
    grouped = _grouped(rows)
    people = {hashed: _merged(group) for hashed, group in grouped.items()}
    stage_people(people)
    known = said_by_staged(imported.account_id)
    left = {hashed for hashed, said in known.items() if said.left}
    new = insert(imported, besides=left, all_unheard_of=left >= known.keys())
    here = known_people(imported.account_id, people.keys() - left - new)
    people = _keep_countries(imported, people, here, outcome)
    merge(imported, here)
    update_fields(imported.account_id, left=left)
    known |= here
    for hashed, group in grouped.items():
        known_as, is_new = known.get(hashed, NOBODY), hashed in new
        _count(outcome, group, known_as, is_new=is_new, first=seen.get(hashed))
        seen.setdefault(hashed, group[0].place)
    note_countries(imported.account, list({row.person.country for row in people.values()}))
    say(imported, ((h, row) for h, row in people.items() if h not in left), known, now)
    outcome.report.sort(key=lambda line: line["record"])
    return outcome


def _grouped(rows: Sequence[Row]) -> Mapping[bytes, Sequence[Row]]:
    """The rows of each person, in the order of the file."""
    alone = {row.address_hash: (row,) for row in rows}
    if len(alone) == len(rows):
        return alone
    grouped: dict[bytes, list[Row]] = {}
    for row in rows:
        grouped.setdefault(row.address_hash, []).append(row)
    return grouped


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
    proof_line = status_line = group[0].line
    for row in group[1:]:
        later = row.person
        proof_line = row.line if later.proof else proof_line
        status_line = row.line if later.status else status_line
        person = later._replace(
            first_name=later.first_name or person.first_name,
            last_name=later.last_name or person.last_name,
            country=later.country or person.country,
            language=later.language or person.language,
            fields={**person.fields, **{n: value for n, value in later.fields.items() if value}},
            proof=later.proof or person.proof,
            status=later.status or person.status,
        )
    return group[-1]._replace(person=person, proof_line=proof_line, status_line=status_line)


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
