"""An import before it runs: the uploaded file, what was decided about it, and its first rows."""

import io
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import BinaryIO, Final

from django.utils import timezone

from consent.importing.columns import LEAVE_OUT, proposed_mapping
from consent.importing.encodings import NAMES, readings
from consent.importing.holding import tell_that_it_waits, waits
from consent.importing.models import Import
from consent.importing.reading import SEPARATORS, Shape, Survey, records, survey
from consent.importing.stopping import Stopped
from consent.importing.workbooks.converting import SEPARATOR as WORKBOOK_SEPARATOR
from consent.importing.workbooks.converting import as_csv, is_workbook
from marketing.accounts.auditing import record
from marketing.audience.addresses import BadAddress, read_address
from marketing.models import Member

LARGEST_MB: Final = 25
_LOOKED_AT: Final = 1_000
# Codes that the user can resolve; all others mean that nothing of the file can be imported.
TO_DECIDE: Final = ("encoding_undecided", "delimiter_undecided")


def begin(file: BinaryIO, *, name: str, size: int, by: Member) -> Import:
    """Keep an uploaded file as a draft; Stopped where nothing of it can ever be imported."""
    if size > LARGEST_MB << 20:
        raise Stopped("too_large", limit=LARGEST_MB)
    content, separator = file.read(), ""
    if is_workbook(content):
        content, separator = as_csv(content), WORKBOOK_SEPARATOR
    imported = Import(
        account=by.account,
        member=by,
        file_name=name[-200:].replace("\0", ""),
        content=content,
        separator=separator,
    )
    try:
        decide(imported)
    except Stopped as stopped:
        if stopped.code not in TO_DECIDE:
            raise
    return imported


def decide(imported: Import, *, encoding: str = "", separator: str = "") -> Survey:
    """Read the whole draft with what was decided; keep encoding, separator, columns and rows.

    Stopped with a code of TO_DECIDE is kept too: the next page asks.
    """
    imported.encoding = encoding or imported.encoding
    imported.separator = separator or imported.separator
    imported.stop_code = ""
    try:
        found = look(imported)
    except Stopped as stopped:
        if stopped.code in TO_DECIDE:
            imported.stop_code = stopped.code
            imported.save()
        raise
    mapping = proposed_mapping(found.shape.header)
    if "email" not in mapping.values() and not _holds_addresses(imported, found.shape):
        raise Stopped("no_addresses")
    imported.encoding = found.shape.encoding.name
    imported.separator = found.shape.separator
    imported.rows = found.rows
    keep_columns(imported, found.shape.header, mapping)
    imported.save()
    return found


def keep_columns(imported: Import, header: Sequence[str], mapping: Mapping[str, str]) -> None:
    """Set the columns in the order of the file: JSON objects keep none."""
    imported.mapping = [[name, mapping.get(name, LEAVE_OUT)] for name in header]


def look(imported: Import) -> Survey:
    """What the file holds, read as it was decided; Stopped as `survey`."""
    return survey(opened(imported), encoding=imported.encoding, separator=imported.separator)


def start(imported: Import, *, by: Member | None = None) -> bool:
    """From draft to waiting, once; the task is rung by the caller. False if it was not a draft.

    The account's first large one is held instead, until the operator releases it.
    `by` pressed the button, else whoever uploaded it; their claim goes into the audit log.
    """
    drafts = Import.objects.for_account(imported.account_id).filter(
        pk=imported.pk, state=Import.State.DRAFT, attested=True
    )
    state = Import.State.HELD if waits(imported) else Import.State.WAITING
    if not drafts.update(state=state, advanced_at=timezone.now()):
        return False
    claim = imported.basis.replace("_", " ") or "none"
    said = f"Basis claimed: {claim}. Confirmed that it is true and can be proved"
    by = by or imported.member
    act = "import.held" if state == Import.State.HELD else "import.started"
    record(imported.account, by=by, act=act, subject=imported.file_name, after=said)
    if state == Import.State.HELD:
        tell_that_it_waits(imported)
    return True


def choices_of(imported: Import, stopped: Stopped) -> list[tuple[str, str]]:
    """(value, label) of the readings or separators between which the user decides."""
    proposals = stopped.details.get("proposals", [])
    if stopped.code == "delimiter_undecided":
        return [(sign, f"Columns separated by {SEPARATORS[sign]}") for sign in proposals]
    return [
        (name, f"{NAMES[name]}: {line}") for name, line in readings(opened(imported), proposals)
    ]


def facts_of(imported: Import) -> str:
    """The grey line under the title: "fair.csv, 1,208 rows, UTF-8, separated by semicolons"."""
    parts = [imported.file_name]
    if imported.rows is not None:
        parts.append(f"{imported.rows:,} rows" if imported.rows != 1 else "1 row")
    if imported.file_name.lower().endswith(".xlsx"):
        return ", ".join([*parts, "Excel"])
    if imported.encoding:
        parts.append(NAMES.get(imported.encoding, imported.encoding))
    if imported.separator:
        parts.append(f"separated by {SEPARATORS.get(imported.separator, imported.separator)}")
    return ", ".join(parts)


def opened(imported: Import) -> BinaryIO:
    """The file."""
    return io.BytesIO(bytes(imported.content))


def _holds_addresses(imported: Import, shape: Shape) -> bool:
    """Whether any column could be that of the addresses, by the first rows."""
    first = islice(records(opened(imported), shape), _LOOKED_AT)
    return any(_is_address(cell) for record in first for cell in record.cells if "@" in cell)


def _is_address(cell: str) -> bool:
    try:
        read_address(cell)
    except BadAddress:
        return False
    return True
