"""What the pages of columns, check and result of an import show, and what can be made of it."""

import csv
import io
from typing import Any, Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone

from consent.gate import ASK, NEVER, SEND, Question, counts, people_of_contacts
from consent.importing.columns import STANDARD_FIELDS
from consent.importing.drafting import look
from consent.importing.forecast import forecast_of
from consent.importing.forms import BASES, ColumnsForm
from consent.importing.models import Import
from consent.importing.progress import estimate_of
from consent.importing.stopping import SENTENCES
from marketing.exporting.cells import safe_cell
from marketing.models import Segment

SHOWN: Final = 100


def columns_page(imported: Import, form: ColumnsForm) -> dict[str, Any]:
    """The columns with their first values, and what was said about the file."""
    found = look(imported)
    values = {
        name: [cells[place][:60] or "(empty)" for cells in found.first_rows[:3]]
        for place, name in enumerate(found.shape.header)
        if name
    }
    rows = [(field, ", ".join(values.get(str(field.label), []))) for field in form.columns()]
    return {
        "imported": imported,
        "form": form,
        "columns": rows,
        "recognised": sum(field in STANDARD_FIELDS for field in imported.columns.values()),
        "ignored": found.ignored_columns_with_values,
        "origin": _origin(imported),
    }


def check_page(imported: Import) -> dict[str, Any]:
    """What would happen; `may_start` is False where nothing would be imported."""
    found = forecast_of(imported)
    return {
        "imported": imported,
        "forecast": found,
        "is_part": found.looked_at < (imported.rows or 0),
        "may_start": bool(found.good and (imported.skip_bad_rows or not found.errors)),
        "origin": _origin(imported),
    }


def result_page(imported: Import) -> dict[str, Any]:
    """Sums, rows with something to say, and whether these people may be mailed."""
    errors = [line for line in imported.report if line["kind"] == "error"]
    others = [line for line in imported.report if line["kind"] != "error"]
    return {
        "imported": imported,
        "errors": errors[:SHOWN],
        "errors_shown": min(len(errors), SHOWN),
        "others": others[:SHOWN],
        "left": _left(others),
        "stopped": _why(imported) if imported.state == Import.State.STOPPED else "",
        "mailable": [] if imported.is_running else _mailable(imported),
        "estimate": estimate_of(imported, now=timezone.now(), zone=imported.account.time_zone),
        "result_url": reverse("consent:import_result", args=[imported.account_id, imported.pk]),
    }


def errors_file(imported: Import) -> str:
    """The bad rows as they were, with line and reason; harmless in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    header = [safe_cell(name) for name, _ in imported.mapping]
    writer.writerow([*header, "line", "what is wrong"])
    for line in imported.report:
        if line["kind"] == "error":
            cells = [safe_cell(cell) for cell in line.get("cells", [])]
            writer.writerow([*cells, line["line"], safe_cell(line["text"])])
    return "\ufeff" + text.getvalue()


def segment_of(imported: Import) -> tuple[Segment, int]:
    """The fixed list of this import's people, made or filled up, and how many are in it."""
    name = f"{imported.file_name[:90]} (import {imported.pk})"
    account = imported.account
    segment, _ = Segment.objects.for_account(account).get_or_create(
        account=account, name=name, defaults={"kind": Segment.Kind.FIXED}
    )
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO segment_member (account_id, segment_id, contact_id)
               SELECT c.account_id, %s, c.id FROM contact c
               WHERE c.account_id = %s AND c.import_id = %s ON CONFLICT DO NOTHING""",
            [segment.pk, account.pk, imported.pk],
        )
        cursor.execute(
            "SELECT count(*) FROM segment_member WHERE account_id = %s AND segment_id = %s",
            [account.pk, segment.pk],
        )
        return segment, int(cursor.fetchone()[0])


def _mailable(imported: Import) -> list[tuple[int, str, str, str]]:
    """(people, kind of key, words, why): the gate's verdict now, as a new campaign would ask."""
    account = imported.account
    question = Question(account_id=account.pk, campaign_id=0, require_consent=account.consent)
    told = counts(people_of_contacts("c.import_id = %(import)s"))
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT v.verdict, v."row", sum(v.people)::int FROM {told} v GROUP BY 1, 2',
            question.params() | {"import": imported.pk},
        )
        found = cursor.fetchall()

    def judged(verdict: int, *rows: int) -> int:
        return sum(n for said, row, n in found if said == verdict and (row in rows or not rows))

    lines = [
        (judged(SEND, 3), "sent", "yes, now", "They agreed, or the row has a date of agreement"),
        (judged(SEND, 5), "queued", "by the basis", "The law of both countries accepts it"),
        (judged(SEND, 6), "queued", "without asking", "No consent is needed by your rules"),
        (judged(ASK), "pending", "ask first", "No date. Asked once, consent is needed"),
        (
            judged(NEVER) + imported.kept_out,
            "never",
            "never",
            "They left, were asked before, or are blocked. An import changes nothing",
        ),
    ]
    return [line for line in lines if line[0]]


def _left(lines: list[dict[str, Any]]) -> list[str]:
    words: dict[str, int] = {}
    for line in lines:
        if line["kind"] == "kept_out":
            words[line["left"]] = words.get(line["left"], 0) + 1
    return [f"{word} {count:,}" for word, count in sorted(words.items())]


def _why(imported: Import) -> str:
    details = {"limit": "", "line": "", "name": "", "byte_offset": ""}
    return SENTENCES[imported.stop_code].format_map(details)


def _origin(imported: Import) -> list[tuple[str, str]]:
    days = [
        f"{day:%-d %b %Y}" for day in (imported.collected_from, imported.collected_until) if day
    ]
    by = imported.member.user.display_name if imported.member else "Nobody"
    return [
        ("Source", imported.source),
        ("People read", imported.known_from or "Since when you have their address"),
        ("Basis claimed", dict(BASES).get(imported.basis, imported.basis)),
        ("Collected", " to ".join(days) or "Not said"),
        ("Confirmed by", by),
    ]
