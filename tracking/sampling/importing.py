"""Brings invented people in as imports: with proof, as customers, or with nothing to show."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.importing.batches.storing import store_rows
from consent.importing.rows import Person, Proof, Row
from consent.importing.running import run
from consent.models import Import
from marketing.audience.addresses import read_address
from marketing.audience.hashing import address_hash
from marketing.models import Contact, Member
from tracking.sampling.people import Invented

_COLUMNS = (
    ("Email", "email"),
    ("First name", "first_name"),
    ("Last name", "last_name"),
    ("Country", "country"),
    ("Town", "town"),
)
# Rows as tired people type them.
_SLIPS = (
    ("", "Ivo", "Quill", "US", "Harbour"),
    ("mona.at.letters.example", "Mona", "Reed", "US", "North"),
    ("paul@@inbox.example", "Paul", "Stone", "CA", "West"),
    ("tess@mail", "Tess", "Wren", "Narnia", "Hill"),
    ("kurt hale@post.example", "Kurt", "Hale", "US", "South"),
    ("eve@letters.example", "Eve", "Marsh", "Atlantis", "Lake"),
)
PROOF_TEXT = "Yes, send me news and offers by email."


@dataclass(frozen=True)
class File:
    """One file: its name, where it is from, the basis claimed, when it came."""

    name: str
    source: str
    at: datetime
    basis: str = ""
    evidence: str = ""
    has_proof: bool = False
    excluded: int = 0  # the last so many rows left in the old system


def bring(file: File, people: Sequence[Invented], *, by: Member) -> Import:
    """Store the people through the import; call inside `use_account`."""
    account = by.account
    imported = Import.objects.create(
        account=account,
        file_name=file.name,
        content=b"",
        source=file.source,
        basis=file.basis,
        basis_evidence=file.evidence,
        attested=True,
        member=by,
        state=Import.State.RUNNING,
    )
    rows = []
    for number, each in enumerate(people, start=1):
        person = _person(each, file, is_out=number > len(people) - file.excluded)
        rows.append(Row(number, number + 1, person, address_hash(person.address.key)))
    outcome = store_rows(imported, rows, seen={}, now=file.at)
    Import.objects.for_account(account).filter(pk=imported.pk).update(
        state=Import.State.FINISHED,
        rows=len(rows),
        position=len(rows),
        created=outcome.created,
        merged=outcome.merged,
        kept_out=outcome.kept_out,
        report=outcome.report,
        made_at=file.at,
        started_at=file.at,
        finished_at=file.at + timedelta(seconds=4),
    )
    Contact.objects.for_account(account).filter(import_id=imported.pk).update(
        created_at=file.at, changed_at=file.at
    )
    return imported


def bring_file(name: str, people: Sequence[Invented], *, by: Member, at: datetime) -> Import:
    """Import a real file of these people, as typed at a fair: some rows are wrong, some doubled."""
    account = by.account
    imported = Import.objects.create(
        account=account,
        file_name=name,
        content=_typed(people).encode(),
        encoding="utf-8",
        separator=",",
        mapping=[[column, field] for column, field in _COLUMNS],
        source="Autumn fair",
        attested=True,
        member=by,
        state=Import.State.WAITING,
    )
    run(account.pk, imported.pk)
    Import.objects.for_account(account).filter(pk=imported.pk).update(
        made_at=at, started_at=at, advanced_at=at, finished_at=at + timedelta(seconds=4)
    )
    Contact.objects.for_account(account).filter(import_id=imported.pk).update(
        created_at=at, changed_at=at
    )
    return imported


def _typed(people: Sequence[Invented]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column for column, _ in _COLUMNS])
    for number, each in enumerate(people):
        writer.writerow([each.address, each.first_name, each.last_name, each.country, each.town])
        if number % 30 == 7:
            writer.writerow(_SLIPS[number // 30 % len(_SLIPS)])
        if number % 60 == 20:
            again = [each.address.upper(), each.first_name, "", each.country, each.town]
            writer.writerow(again)
    return text.getvalue()


def _person(each: Invented, file: File, *, is_out: bool) -> Person:
    agreed = Proof(file.at - timedelta(days=90), "Paper form at the till", PROOF_TEXT)
    return Person(
        address=read_address(each.address),
        first_name=each.first_name,
        last_name=each.last_name,
        country=each.country,
        language=each.language,
        fields={"town": each.town},
        proof=agreed if file.has_proof and not is_out else None,
        status="excluded" if is_out else "",
    )
