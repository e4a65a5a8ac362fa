"""Brings invented people in as imports: with proof, as customers, or with nothing to show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from consent.importing.rows import Person, Proof
from consent.importing.storing import Row, store_rows
from consent.models import Import
from marketing.audience.addresses import read_address
from marketing.models import Contact, Member
from tracking.sampling.people import Invented

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
    rows = [
        Row(number, number + 1, _person(each, file, is_out=number > len(people) - file.excluded))
        for number, each in enumerate(people, start=1)
    ]
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
