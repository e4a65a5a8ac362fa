"""Suppression lists as files: brought in from elsewhere, handed out, and brought in again."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from consent.importing.stopping import Stopped
from consent.ledger.suppressing import Blocked, suppress_all
from consent.models import SuppressionImport
from consent.suppressed import exporting, importing
from consent.suppressed.files import rows_in
from marketing.exporting.running import file_of
from marketing.models import Account, AuditLine, Contact, Export, Member, Suppression
from marketing.tenancy import use_account
from tests.consent.making import hash_of
from tests.making import make_contact

Reason = Suppression.Reason


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path


def begun(by: Member, content: bytes, name: str = "gone.csv") -> SuppressionImport:
    with use_account(by.account_id):
        return importing.begin(io.BytesIO(content), name=name, source="Old system", by=by)


def done(by: Member, content: bytes, name: str = "gone.csv") -> SuppressionImport:
    made = begun(by, content, name)
    importing.run(by.account_id, made.pk)
    with use_account(by.account_id):
        made.refresh_from_db()
    assert made.state == SuppressionImport.State.FINISHED
    assert bytes(made.content) == b""
    return made


def notes(account: Account) -> dict[str, str]:
    """Address hash in hex -> note, of everybody who is suppressed by an import."""
    with use_account(account):
        rows = Suppression.objects.for_account(account).filter(reason=Reason.IMPORT)
        return {bytes(row.address_hash).hex(): row.note for row in rows}


def sheet(*rows: tuple[str, ...]) -> bytes:
    book = Workbook(write_only=True)
    made = book.create_sheet()
    for row in rows:
        made.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"ana@example.test\nbo@example.test\n", id="one in each line"),
        pytest.param(b"ana@example.test\r\n\r\nBO@Example.test", id="windows lines, no last end"),
        pytest.param(b"email\nana@example.test\nbo@example.test\n", id="a column"),
        pytest.param(b"id;E-Mail;x\n1;ana@example.test;\n2;bo@example.test;\n", id="semicolons"),
        pytest.param(b"7,ana@example.test\n8,bo@example.test\n", id="columns without names"),
        pytest.param("\ufeffemail\nana@example.test\nbo@example.test".encode(), id="BOM"),
        pytest.param(
            sheet(("Email", "Why"), ("ana@example.test", "x"), ("bo@example.test", "")), id="xlsx"
        ),
    ],
)
def test_a_list_is_found_in_whatever_file_it_comes(
    acme: Account, emil: Member, content: bytes
) -> None:
    made = done(emil, content)
    assert (made.added, made.known, made.errors) == (2, 0, 0)
    assert set(notes(acme)) == {
        hash_of("ana@example.test").hex(),
        hash_of("bo@example.test").hex(),
    }
    with use_account(acme):
        assert not Contact.objects.for_account(acme).exists()


def test_bad_rows_are_told_and_good_ones_stored(acme: Account, emil: Member) -> None:
    made = done(
        emil,
        b"email,reason\nana@example.test,complained in 2024\nnobody,\n,\nana@example.test,\n"
        b"bo@example.test\nbo@example.test,\n",
    )
    assert (made.rows, made.added, made.known, made.errors) == (5, 2, 1, 2)
    assert [row["line"] for row in made.report] == [3, 6]
    told = notes(acme)
    assert told[hash_of("ana@example.test").hex()] == "gone.csv, line 2: complained in 2024"
    assert told[hash_of("bo@example.test").hex()] == "gone.csv, line 7: Old system"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "no_rows"),
        (b"email\n", "no_rows"),
        (b"name\nAna\n", "no_email_column"),
        (b'email\n"ana@example.test\n', "unterminated_quote"),
        ("mail\nan\xe4@example.test\n".encode("latin-1"), "encoding_undecided"),
        (b"\xd0\xcf\x11\xe0old", "old_workbook"),
    ],
)
def test_a_file_that_can_not_be_read_changes_nothing(
    acme: Account, emil: Member, content: bytes, code: str
) -> None:
    with pytest.raises(Stopped) as stopped:
        begun(emil, content)
    assert stopped.value.code == code
    with use_account(acme):
        assert not SuppressionImport.objects.for_account(acme).exists()


def test_a_doubled_and_an_interrupted_run_store_each_row_once(
    acme: Account, emil: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 3)
    made = begun(emil, b"\n".join(b"p%d@example.test" % number for number in range(10)))
    with use_account(acme):
        # As if a worker had died behind the second batch.
        suppress_all(
            acme.pk,
            [Blocked(hash_of(f"p{number}@example.test")) for number in range(6)],
            Reason.IMPORT,
        )
        SuppressionImport.objects.for_account(acme).update(position=6, added=6)
        old = timezone.now() - timedelta(minutes=2)
        SuppressionImport.objects.for_account(acme).update(advanced_at=old)
    assert importing.silent_imports(timezone.now()) == [(acme.pk, made.pk)]
    importing.run(acme.pk, made.pk)
    importing.run(acme.pk, made.pk)
    with use_account(acme):
        made.refresh_from_db()
    assert (made.state, made.added, made.position) == ("finished", 10, 10)
    assert importing.silent_imports(timezone.now() + timedelta(hours=1)) == []


def test_an_import_lifts_nothing_and_a_block_of_a_file_is_one_of_several(
    acme: Account, ana: Contact, emil: Member
) -> None:
    with use_account(acme):
        suppress_all(acme.pk, [Blocked(bytes(ana.address_hash))], Reason.COMPLAINT)
    done(emil, b"ana@example.test\n")
    with use_account(acme):
        rows = Suppression.objects.for_account(acme).order_by("reason")
        assert [row.reason for row in rows] == ["complaint", "import"]


def test_the_page_uploads_tells_and_writes_into_the_audit_log(
    acme: Account, emil: Member, as_member: Any
) -> None:
    client = as_member(emil)
    here = reverse("consent:suppression_import", args=[acme.pk])
    upload = io.BytesIO(b"ana@example.test\nnobody\n")
    upload.name = "gone.txt"
    answer = client.post(here, {"file": upload, "source": "Old system"})
    assert answer.status_code == 302
    assert "0 of 2 rows are stored" in client.get(answer.url).content.decode()
    with use_account(acme):
        made = SuppressionImport.objects.for_account(acme).get()
        line = AuditLine.objects.for_account(acme).get(act="suppression.imported")
    assert (line.subject, line.after) == ("gone.txt", "2 rows. Old system")
    importing.run(acme.pk, made.pk)
    text = client.get(answer.url).content.decode()
    assert (
        "2 rows read = 1 excluded by this list + 0 by a list before or twice in the file + 1"
        in text
    )
    assert "nobody" in text
    empty = io.BytesIO(b"name\nAna\n")
    empty.name = "names.csv"
    refused = client.post(here, {"file": empty, "source": "Old system"})
    assert refused.status_code == 422
    assert "No column is chosen for the email address." in refused.content.decode()


def handed_out(account: Account, client: Any, query: str = "") -> list[list[str]]:
    here = reverse("consent:suppression_export", args=[account.pk])
    assert client.post(here, {"query": query}).status_code == 302
    with use_account(account):
        export = Export.objects.for_account(account).latest("id")
    exporting.make_export(account.pk, export.pk)
    with use_account(account):
        export.refresh_from_db()
    path = file_of(export)
    assert path is not None
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_file_holds_every_row_and_no_formula(
    acme: Account, emil: Member, as_member: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "BATCH", 2)
    addresses = ["=1+1@example.test", "bo@example.test", "cy@example.test"]
    with use_account(acme):
        people = [Blocked(hash_of(name), name, "@SUM(1)") for name in addresses]
        suppress_all(acme.pk, people, Reason.MEMBER)
        suppress_all(acme.pk, [Blocked(hash_of("di@example.test"))], Reason.BOUNCE)
    client = as_member(emil)
    definitions, names, *rows = handed_out(acme, client)
    assert "spam" in definitions[1]
    assert names == ["email", "why", "time_utc", "source", "assent_export"]
    found = sorted((row[0], row[1], row[3]) for row in rows)
    assert found == [
        ("", "Address bounced", ""),
        ("'=1+1@example.test", "Blocked by a member", "'@SUM(1)"),
        ("bo@example.test", "Blocked by a member", "'@SUM(1)"),
        ("cy@example.test", "Blocked by a member", "'@SUM(1)"),
    ]
    _, _, *bounced = handed_out(acme, client, "reason=bounce")
    assert [row[1] for row in bounced] == ["Address bounced"]


def test_our_own_file_can_be_brought_in_again(
    acme: Account, velo: Account, emil: Member, rolf: Member, as_member: Any
) -> None:
    with use_account(acme):
        people = [Blocked(hash_of(name), name) for name in ("=x@example.test", "bo@example.test")]
        suppress_all(acme.pk, people, Reason.MEMBER)
    rows = handed_out(acme, as_member(emil))
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    assert sorted(row.typed for row in rows_in(text.getvalue().encode())) == [
        "=x@example.test",
        "bo@example.test",
    ]
    with use_account(velo):
        make_contact(velo, "bo@example.test")
    made = done(rolf, text.getvalue().encode())
    assert (made.added, made.errors) == (2, 0)
