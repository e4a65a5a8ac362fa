"""The check before an import: counts what would happen, writes nothing, says what is in the way."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from consent.importing import forecast, running
from consent.importing.drafting import start
from consent.importing.forms import OriginForm
from consent.importing.result import result_page
from consent.models import Import
from marketing.audience.forms import AddContactForm, DetailsForm
from marketing.models import Account, AuditLine, Contact, Member, Standing
from marketing.tenancy import use_account
from tests.consent.importing_files import draft_of, people_of, run_import
from tests.making import make_contact

FILE = b"""email,first_name,consent_at,consent_source
new@example.test,New,2026-01-02,Fair
new@example.test,Again,,
known@example.test,Known,,
left@example.test,Left,,
anna@,Anna,,
"""


@pytest.fixture
def people(acme: Account) -> Account:
    """One person is known, one left."""
    with use_account(acme):
        make_contact(acme, "known@example.test")
        left = make_contact(acme, "left@example.test")
        Standing.objects.create(
            account=acme, address_hash=left.address_hash, newsletter="unsubscribed"
        )
    return acme


def page_of(client: Any, account: Account, import_id: int) -> Any:
    return client.get(reverse("consent:import_check", args=[account.pk, import_id]))


def test_check_counts_what_the_import_then_does_and_writes_nothing(
    as_member: Any, emil: Member, people: Account
) -> None:
    imported = draft_of(people, FILE)
    page = page_of(as_member(emil), people, imported.pk)
    found = page.context["forecast"]
    assert (found.created, found.known, found.repeated) == (1, 1, 1)
    assert (found.kept_out, found.errors, found.proved) == (1, 1, 1)
    text = page.content.decode()
    assert "Nothing is written yet." in text
    assert "5 rows read = 1 to create + 2 to merge + 1 kept out + 1 with errors." in text
    assert "1 already known, 1 twice in the file" in text
    assert "Import 4 rows" in text
    assert "The part after the @ sign is missing." in text
    with use_account(people):
        assert Contact.objects.for_account(people).count() == 2
        start(imported)
    running.run(people.pk, imported.pk)
    with use_account(people):
        imported.refresh_from_db()
    assert (imported.created, imported.merged) == (found.created, found.merged)
    assert (imported.kept_out, imported.errors) == (found.kept_out, found.errors)


def test_check_says_what_is_in_the_way(as_member: Any, emil: Member, people: Account) -> None:
    client = as_member(emil)
    hopeless = draft_of(people, b"email\nanna@\n")
    text = page_of(client, people, hopeless.pk).content.decode()
    assert "No row of this file can be imported." in text
    assert 'type="submit">Import' not in text
    strict = draft_of(people, FILE, skip_bad_rows=False)
    text = page_of(client, people, strict.pk).content.decode()
    assert "One row cannot be imported." in text
    assert 'type="submit">Import' not in text


def test_long_file_is_checked_in_part_and_says_so(
    as_member: Any, emil: Member, people: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecast, "MOST", 2)
    imported = draft_of(people, FILE)
    text = page_of(as_member(emil), people, imported.pk).content.decode()
    assert "The first 2 of 5 rows were checked." in text
    assert "Import 5 rows" in text


def test_check_comes_after_origin_and_columns(
    as_member: Any, emil: Member, people: Account
) -> None:
    client = as_member(emil)
    imported = draft_of(people, FILE, attested=False)
    assert "/origin/" in page_of(client, people, imported.pk).headers["Location"]
    unnamed = draft_of(people, b"who\nana@example.test\n")
    assert "/columns/" in page_of(client, people, unnamed.pk).headers["Location"]


@pytest.mark.parametrize(
    ("field", "days", "words"),
    [
        ("basis_until", -1, "This day is over"),
        ("collected_from", 1, "This day is still to come."),
        ("collected_until", 1, "This day is still to come."),
    ],
)
def test_impossible_days_are_said_at_their_field(field: str, days: int, words: str) -> None:
    day = timezone.localdate() + timedelta(days=days)
    data = {"source": "Fair", "attested": "on", field: day.isoformat()}
    if field == "basis_until":
        data["basis"] = "implied"
    form = OriginForm(data)
    assert list(form.errors) == [field]
    assert words in form.errors[field][0]
    assert form[field].value() == day.isoformat()
    assert OriginForm(data | {field: timezone.localdate().isoformat()}).is_valid()


def test_basis_of_a_contact_cannot_end_before_it_begins() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    basis = {"basis": "implied", "basis_attested": "on", "basis_until": yesterday.isoformat()}
    form = AddContactForm(basis | {"address": "ana@example.test"})
    assert list(form.errors) == ["basis_until"]
    # One that has ended since stays as it was when only the name changes.
    kept = DetailsForm(basis | {"first_name": "Ana"}, initial={"basis_until": yesterday})
    assert kept.is_valid()


def mailable(account: Account, import_id: int) -> dict[str, int]:
    with use_account(account):
        imported = Import.objects.for_account(account).get(pk=import_id)
        return {words: number for number, _, words, _ in result_page(imported)["mailable"]}


def test_the_result_says_what_a_launch_would_do_by_the_rules(
    people: Account,
) -> None:
    lines = "a@example.test,US\nb@example.test,US\nc@example.test,DE\nleft@example.test,US\n"
    imported = run_import(people, f"email,country\n{lines}")
    assert mailable(people, imported.pk) == {"without asking": 2, "ask first": 1, "never": 1}
    with use_account(people):
        Account.objects.filter(pk=people.pk).update(consent=True)
    assert mailable(people, imported.pk) == {"ask first": 3, "never": 1}


def test_who_started_it_with_which_claim_stands_in_the_audit_log(
    as_member: Any, emil: Member, people: Account
) -> None:
    imported = draft_of(people, FILE)
    as_member(emil).post(reverse("consent:import_check", args=[people.pk, imported.pk]))
    with use_account(people):
        line = AuditLine.objects.for_account(people).get(act="import.started")
    assert line.member_id == emil.pk
    assert line.subject == imported.file_name
    assert line.after.startswith("Basis claimed: none. Confirmed")


@pytest.mark.parametrize(
    ("row", "names"),
    [
        (",José Núñez,", ("José", "Núñez")),
        (",Ana  Maria Moreau,", ("Ana", "Maria Moreau")),
        (",Ana,", ("Ana", "")),
        (',"Müller, Anna",', ("Müller, Anna", "")),
        ("Ana,José Núñez,", ("Ana", "")),
        (",José Núñez,Núñez", ("José Núñez", "Núñez")),
    ],
)
def test_a_full_name_greets_with_its_first_word(
    acme: Account, row: str, names: tuple[str, str]
) -> None:
    run_import(acme, f"email,first_name,name,last_name\nx@example.test,{row}\n")
    person = people_of(acme)["x@example.test"]
    assert (person.first_name, person.last_name) == names
