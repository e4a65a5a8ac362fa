"""Imports: proof, bases, countries, resuming, the four pages, and what other accounts see."""

from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from pypdf import PdfReader

from consent.evidence.packing import evidence_zip
from consent.importing import running
from consent.importing.drafting import start
from consent.ledger.entries import Entry
from consent.ledger.recording import append
from consent.models import ConsentPrivate, ConsentRecord, Import
from marketing.models import Account, AuditLine, Contact, Member, SegmentMember, Standing
from marketing.tenancy import use_account
from tests.consent.importing_files import draft_of, people_of, run_import
from tests.making import make_contact

CHATHAM = "1 Mar 2025, 09:30:00.000 (19:45:00.000 UTC)"
pytestmark = pytest.mark.django_db
PROOF = (
    "email,consent_at,consent_source,consent_text\n"
    "ana@example.test,2026-11-02,Sign-up sheet,I want the newsletter\n"
    "ben@example.test,,,\n"
)


def standing_of(contact: Contact) -> Standing | None:
    with use_account(contact.account_id):
        return (
            Standing.objects.for_account(contact.account_id)
            .filter(address_hash=contact.address_hash)
            .first()
        )


def test_proof_per_person_is_a_record_and_no_proof_is_none(acme: Account) -> None:
    run_import(acme, PROOF)
    people = people_of(acme)
    ana = standing_of(people["ana@example.test"])
    assert ana is not None
    assert (ana.newsletter, ana.newsletter_imported) == ("agreed", True)
    assert standing_of(people["ben@example.test"]) is None
    with use_account(acme):
        record = ConsentRecord.objects.for_account(acme).get()
        assert (record.event, record.act) == ("imported", "import_proof")
        private = ConsentPrivate.objects.for_account(acme).values_list("kind", "value")
        assert dict(private)["source"] == "people.csv, line 2: Sign-up sheet"


@pytest.mark.parametrize(
    ("agreed", "told"),
    [("2025-03-01", "1 March 2025"), ("2025-03-01 09:30", CHATHAM)],
)
def test_a_proof_names_its_own_line_and_its_day_where_the_account_is(
    acme: Account, as_member: Any, rita: Member, agreed: str, told: str
) -> None:
    acme.time_zone = "Pacific/Chatham"
    acme.save()
    rows = (f"ann@a.example,{agreed},Köln", "bo@a.example,,", "ANN@a.example,,")
    run_import(acme, "\n".join(["email,consent_at,consent_source", *rows]))
    with use_account(acme):
        record = ConsentRecord.objects.for_account(acme).get()
        data = evidence_zip(acme, bytes(record.address_hash))
    page = as_member(rita).get(f"/a/{acme.pk}/consents/{record.seq}/").content.decode()
    with ZipFile(BytesIO(data)) as archive:
        pdf = PdfReader(BytesIO(archive.read("evidence.pdf")))
    for text in (page, pdf.pages[0].extract_text()):
        assert told in text
        assert "people.csv, line 2: " in text
        assert "2025-02-28" not in text


def test_same_proof_again_is_no_second_record(acme: Account) -> None:
    run_import(acme, PROOF)
    run_import(acme, PROOF)
    with use_account(acme):
        assert ConsentRecord.objects.for_account(acme).count() == 1


def test_deleted_and_imported_again_who_left_is_kept_out(acme: Account) -> None:
    with use_account(acme):
        ana = make_contact(acme, "ana@example.test")
        hashed = bytes(ana.address_hash)
        append(
            acme.pk,
            [Entry(event="withdrew", act="one_click", address_hash=hashed, at=ana.created_at)],
        )
        ana.delete()
    imported = run_import(acme, PROOF)
    assert (imported.created, imported.kept_out) == (1, 1)
    assert set(people_of(acme)) == {"ben@example.test"}


def test_claimed_basis_is_kept_with_its_evidence(acme: Account) -> None:
    run_import(acme, "email\nana@example.test\n", basis="existing_customer", basis_evidence="order")
    ana = people_of(acme)["ana@example.test"]
    assert (ana.basis, ana.basis_evidence, ana.basis_attested) == (
        "existing_customer",
        "order",
        True,
    )
    run_import(acme, "email\nana@example.test\n", basis="asked_us")
    assert people_of(acme)["ana@example.test"].basis == "existing_customer"


def test_contact_of_a_class_c_country_makes_unknown_countries_strict(acme: Account) -> None:
    run_import(acme, "email,country\nana@example.test,US\n")
    acme.refresh_from_db()
    assert acme.strict_unknown is False
    run_import(acme, "email,country\nben@example.test,Germany\n")
    acme.refresh_from_db()
    assert acme.strict_unknown is True


def test_import_by_an_editor_never_loosens_a_country(
    acme: Account, emil: Member, adam: Member
) -> None:
    file = "email,country\nana@example.test,US\n"
    run_import(acme, "email,country\nana@example.test,DE\n", by=emil)
    imported = run_import(acme, file, by=emil)
    assert people_of(acme)["ana@example.test"].country == "DE"
    assert [line["kind"] for line in imported.report] == ["country_kept"]
    run_import(acme, file, by=adam)
    assert people_of(acme)["ana@example.test"].country == "US"
    with use_account(acme):
        acts = AuditLine.objects.for_account(acme).exclude(act="import.started")
        assert acts.get().act == "country.loosened"


def test_later_empty_cells_remove_nothing(acme: Account) -> None:
    run_import(acme, "email,first_name,city\nana@example.test,Ana,Oslo\n")
    run_import(acme, "email,first_name,city\nana@example.test,,\n")
    ana = people_of(acme)["ana@example.test"]
    assert (ana.first_name, ana.fields) == ("Ana", {"city": "Oslo"})


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("ana@example.test,XQ,,", "“XQ” is not a country code."),
        ("ana@example.test,,2026-13-02,", "“Agreed on” is not a date: there is no month 13."),
        ("ana@example.test,,2026-02-30,", "there is no 2026-02-30."),
        ("ana@example.test,,02/03/2026,", "write it like 2026-11-02."),
        ("ana@example.test,,2999-01-01,", "“Agreed on” lies in the future."),
        ("ana@example.test,,,english", "is not a language code"),
        ("ana@,,,", "The part after the @ sign is missing."),
        (",FR,,", "No email address."),
    ],
)
def test_bad_value_names_line_value_and_reason(acme: Account, row: str, sentence: str) -> None:
    imported = run_import(acme, f"email,country,consent_at,language\n{row}\nb@example.test,,,\n")
    assert (imported.created, imported.errors) == (1, 1)
    assert imported.report[0]["line"] == 2
    assert sentence in imported.report[0]["text"]


def test_killed_import_goes_on_where_it_was_and_tells_nothing_twice(
    acme: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "BATCH", 2)
    rows = [f"p{number}@example.test" for number in range(7)] + ["p0@example.test", "bad"]
    imported = draft_of(acme, "\n".join(["email", *rows, ""]).encode())
    stored = running._store
    calls: list[Any] = []

    def dies_after_two(*arguments: Any) -> bool:
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return stored(*arguments)

    with use_account(acme):
        start(imported)
    monkeypatch.setattr(running, "_store", dies_after_two)
    with pytest.raises(KeyboardInterrupt):
        running.run(acme.pk, imported.pk)
    assert len(people_of(acme)) == 4
    monkeypatch.setattr(running, "_store", stored)
    running.run(acme.pk, imported.pk)
    running.run(acme.pk, imported.pk)
    with use_account(acme):
        imported.refresh_from_db()
    assert imported.state == "finished"
    assert (imported.created, imported.merged, imported.errors) == (7, 1, 1)
    assert [line["record"] for line in imported.report] == [8, 9]
    assert imported.report[0]["into_record"] == 1


def test_large_import_takes_the_same_statements_per_batch(
    acme: Account, django_assert_max_num_queries
) -> None:
    lines = "".join(f"p{number}@example.test,N{number}\n" for number in range(2_000))
    imported = draft_of(acme, f"email,first_name\n{lines}".encode())
    with use_account(acme):
        start(imported)
    # begin 4 with its door, one batch 7 with its door, finish 1 with its door
    with django_assert_max_num_queries(36):
        running.run(acme.pk, imported.pk)
    assert len(people_of(acme)) == 2_000


def url(name: str, account: Account, *ids: int) -> str:
    return reverse(f"consent:{name}", args=[account.pk, *ids])


def upload(content: bytes, name: str = "fair.csv") -> dict[str, SimpleUploadedFile]:
    return {"file": SimpleUploadedFile(name, content, content_type="text/csv")}


def test_five_pages_from_file_to_result(as_member, emil: Member) -> None:
    acme = emil.account
    client = as_member(emil)
    step = uploaded_and_explained(client, acme)
    choice = {"col-0": "email", "col-1": "first_name", "col-2": "Notiz", "skip_bad_rows": "on"}
    check = client.post(step, choice, follow=True)
    told = check.content.decode()
    assert "2 rows read = 1 to create + 0 to merge + 0 kept out + 1 with errors." in told
    assert "The part after the @ sign is missing." in told
    assert not people_of(acme)
    running_page = client.post(check.redirect_chain[-1][0], follow=True)
    assert "every 2s" in running_page.content.decode()
    with use_account(acme):
        imported = Import.objects.for_account(acme).get()
    running.run(acme.pk, imported.pk)
    result = client.get(url("import_result", acme, imported.pk)).content.decode()
    assert "2 rows read = 1 created + 0 merged + 0 kept out + 1 with errors." in result
    assert "The part after the @ sign is missing." in result
    assert "every 2s" not in result
    errors = client.get(url("import_errors", acme, imported.pk)).content.decode("utf-8-sig")
    assert errors.splitlines()[1] == "anna@,Anna,,3,The part after the @ sign is missing."
    client.post(url("import_segment", acme, imported.pk))
    with use_account(acme):
        assert SegmentMember.objects.for_account(acme).count() == 1
        imported.refresh_from_db()
        assert bytes(imported.content) == b""


def uploaded_and_explained(client, acme: Account) -> str:
    """Steps 1 and 2 with a wrong answer each, and one to step 3; the URL of step 3."""
    file = "E-Mail;Vorname;Notiz\nmia@example.test;Mia;<b>blue</b>\nanna@;Anna;\n"
    page = client.post(url("import", acme), upload(file.encode()), follow=True)
    assert "fair.csv, 2 rows, UTF-8, separated by semicolons" in page.content.decode()
    origin = page.redirect_chain[-1][0]
    unsure = client.post(origin, {"source": "Fair", "basis": "asked_us"})
    assert unsure.status_code == 422
    assert "Somebody has to answer" in unsure.content.decode()
    columns = client.post(origin, {"source": "Fair", "attested": "on"}, follow=True)
    assert "&lt;b&gt;blue&lt;/b&gt;" in columns.content.decode()
    step = columns.redirect_chain[-1][0]
    wrong = client.post(step, {"col-0": "first_name", "col-1": "first_name", "col-2": "-"})
    assert wrong.status_code == 422
    assert "No column is chosen for the email address." in wrong.content.decode()
    return str(step)


def test_undecided_encoding_asks_with_two_readings(as_member, emil: Member) -> None:
    acme = emil.account
    client = as_member(emil)
    content = "email;имя\nivan@example.test;Иван\n".encode("windows-1251")
    page = client.post(url("import", acme), upload(content), follow=True)
    assert "имя" in page.content.decode()
    step = page.redirect_chain[-1][0]
    assert client.post(step, {}).status_code == 422
    assert client.post(step, {"encoding": "windows-1251"}).status_code == 302
    with use_account(acme):
        imported = Import.objects.for_account(acme).get()
    assert (imported.encoding, imported.rows) == ("windows-1251", 1)
    assert imported.columns == {"email": "email", "имя": "first_name"}


def test_undecided_separator_asks(as_member, emil: Member) -> None:
    client = as_member(emil)
    page = client.post(
        url("import", emil.account), upload(b"a;b,c\nx@example.test;1,2\n"), follow=True
    )
    step = page.redirect_chain[-1][0]
    assert "Columns separated by semicolons" in page.content.decode()
    assert client.post(step, {"separator": ";"}).status_code == 302


@pytest.mark.parametrize(
    "content", [b"", b"email,email\na,b\n", b'email\n"a\n', b"name,mark\nAna,@home\n"]
)
def test_hopeless_file_is_refused_at_the_field(as_member, emil: Member, content: bytes) -> None:
    answer = as_member(emil).post(url("import", emil.account), upload(content))
    assert answer.status_code == 422
    assert "Nothing was imported." in answer.content.decode()
    with use_account(emil.account):
        assert not Import.objects.for_account(emil.account).exists()


PAGES = ["import_result", "import_reading", "import_origin", "import_columns", "import_check"]
PAGES += ["import_errors"]


@pytest.mark.parametrize("name", PAGES)
def test_strangers_imports_do_not_exist(
    client, as_member, rolf: Member, rita: Member, acme: Account, name: str
) -> None:
    imported = draft_of(acme, b"email\na@example.test\n")
    assert client.get(url(name, acme, imported.pk)).status_code == 302
    assert as_member(rolf).get(url(name, acme, imported.pk)).status_code == 404
    assert as_member(rolf).get(url(name, rolf.account, imported.pk)).status_code == 404
    if name != "import_result":
        assert as_member(rita).get(url(name, acme, imported.pk)).status_code == 404
        assert as_member(rita).post(url(name, acme, imported.pk)).status_code in {404, 405}
    with use_account(acme):
        imported.refresh_from_db()
    assert imported.state == "draft"
