"""Contacts as a file: the chosen people, newest first, with what the list and their page say."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import connection

from marketing.accounts.models import Member
from marketing.audience.models import Contact
from marketing.audience.selecting import Selection
from marketing.audience.showing.filters import CONSENTS, TRACKING
from marketing.exporting.models import Export
from marketing.exporting.running import begin, run
from marketing.exporting.writing import Column
from marketing.rules.countries import country_name
from marketing.tenancy import use_account

TASK: Final = "marketing.audience.export"
BATCH: Final = 5_000

COLUMNS: Final = (
    Column("email", "Address, as mails go to it"),
    Column("first_name", "First name"),
    Column("last_name", "Last name"),
    Column("country", "Country as declared, never guessed"),
    Column("language", "Language code"),
    Column("newsletter", "What the person last said about the newsletter"),
    Column("tracking", "What the person last said about being measured"),
    Column("basis", "Basis recorded for writing without a yes"),
    Column("basis_until", "Last day of the basis"),
    Column("source", "Where the contact came from"),
    Column("added", "When the contact was added, in the account's time zone"),
    Column("own_fields", "The account's own fields, name=value"),
)

_SELECT: Final = (
    "SELECT c.id, c.address, c.first_name, c.last_name, c.country, c.language, c.consent,"
    " c.tracking, c.basis, c.basis_until, c.source, c.created_at, c.fields FROM contact c"
)


def begin_export(by: Member, selection: Selection) -> Export:
    """Note down an export of the chosen people; ring TASK after the commit."""
    return begin(by, title="Contacts", right="edit_contacts", task=TASK, params=selection.params)


def make_export(account_id: int, export_id: int) -> None:
    """Make the file; does nothing if that was done."""
    run(account_id, export_id, columns=COLUMNS, batches=_batches)


def _batches(export: Export) -> Iterator[Sequence[Sequence[str]]]:
    """Rows by keyset, each batch in a transaction of its own."""
    zone = ZoneInfo(export.account.time_zone)
    selection = Selection.kept(export.params)
    with use_account(export.account_id):
        condition, parameters = selection.people(export.account)
    below = 2**63 - 1
    while True:
        with use_account(export.account_id), connection.cursor() as cursor:
            cursor.execute(
                f"{_SELECT} WHERE {condition} AND c.id < %s ORDER BY c.id DESC LIMIT {BATCH}",
                [*parameters, below],
            )
            rows = cursor.fetchall()
        if not rows:
            return
        yield [_texts(row[1:], zone) for row in rows]
        below = rows[-1][0]


def _texts(row: tuple[Any, ...], zone: ZoneInfo) -> list[str]:
    address, first, last, country, language, consent, tracking, basis, until, *rest = row
    source, added, fields = rest
    when: datetime = added
    return [
        address,
        first,
        last,
        country_name(country) if country else "",
        language,
        CONSENTS[consent],
        TRACKING[tracking],
        str(Contact.Basis(basis).label) if basis else "",
        until.isoformat() if until else "",
        source,
        f"{when.astimezone(zone):%Y-%m-%d %H:%M}",
        "; ".join(f"{name}={value}" for name, value in _own(json.loads(fields))),
    ]


def _own(fields: Any) -> list[tuple[str, str]]:
    return [
        (name, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
        for name, value in sorted(fields.items())
        if value
    ]
