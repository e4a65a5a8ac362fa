"""Files that hold an erased person: exports members made, and uploads that wait to be imported."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from consent.erasing import erasing, retaining
from consent.models import Import, SuppressionImport
from consent.obtained.exporting import begin_export as begin_consents
from consent.obtained.exporting import make_export as make_consents
from marketing.audience.exporting import begin_export, make_export
from marketing.audience.selecting import Selection
from marketing.exporting import running
from marketing.models import Account, Contact, Export, Member
from marketing.tenancy import use_account
from tests.consent.importing_files import draft_of, people_of, run_import
from tests.consent.making import hash_of
from tests.making import make_contact

ADDRESS = "Ana.Moreau@example.test"


@pytest.fixture(autouse=True)
def state_dir(settings: Any, tmp_path: Path) -> Path:
    settings.STATE_DIR = tmp_path
    return tmp_path


@pytest.fixture
def people(acme: Account) -> list[Contact]:
    with use_account(acme):
        return [make_contact(acme, name) for name in (ADDRESS, f"not{ADDRESS}", "bo@example.test")]


def exported(member: Member, *ids: int, format: str = "csv") -> Export:
    """A finished file of these contacts, or of all."""
    with use_account(member.account):
        selection = Selection(ids=ids) if ids else Selection(is_all=True)
        export = begin_export(member, selection)
        export.params |= {"format": format}
        export.save()
    make_export(member.account_id, export.pk)
    return again(export)


def again(export: Export) -> Export:
    with use_account(export.account_id):
        export.refresh_from_db()
    return export


def erase(account: Account, capture: Any, address: str = ADDRESS) -> None:
    with capture(execute=True), use_account(account):
        erasing.erase(account, hash_of(address))


def files_with(folder: Path, text: str) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [path for path in found if text.encode().lower() in path.read_bytes().lower()]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_files_with_the_person_go_and_the_others_stay(
    acme: Account,
    emil: Member,
    people: list[Contact],
    state_dir: Path,
    format: str,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with_ana = exported(emil, format=format)
    without = exported(emil, people[1].pk, people[2].pk, format=format)
    erase(acme, django_capture_on_commit_callbacks)
    assert again(with_ana).state == Export.State.TAKEN_BACK
    assert again(without).state == Export.State.FINISHED
    assert not (running.folder() / with_ana.path).exists()
    assert running.file_of(without) is not None


def test_the_file_of_consents_goes_too(
    acme: Account, emil: Member, state_dir: Path, django_capture_on_commit_callbacks: Any
) -> None:
    run_import(acme, f"email,consent_at,consent_source\n{ADDRESS},2026-11-24,Fair\n")
    with use_account(acme):
        export = begin_consents(emil, "")
    make_consents(acme.pk, export.pk)
    assert files_with(state_dir, ADDRESS)
    erase(acme, django_capture_on_commit_callbacks)
    assert files_with(state_dir, ADDRESS) == []
    assert again(export).state == Export.State.TAKEN_BACK


def test_the_member_is_told_and_the_file_is_not_handed_out(
    acme: Account,
    emil: Member,
    people: list[Contact],
    as_member: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    export = exported(emil)
    erase(acme, django_capture_on_commit_callbacks)
    client: Client = as_member(emil)
    page = reverse("marketing:export", args=[acme.pk, export.pk])
    assert "somebody in it had their data erased" in client.get(page).content.decode()
    file = client.get(reverse("marketing:export_file", args=[acme.pk, export.pk]))
    assert (file.status_code, file.headers["Location"]) == (302, page)
    made_again = exported(emil)
    assert running.file_of(made_again) is not None
    assert ADDRESS.encode() not in (running.folder() / made_again.path).read_bytes().replace(
        f"not{ADDRESS}".encode(), b""
    )


def test_access_ends_with_the_erasing_itself_and_a_crash_leaves_no_file(
    acme: Account, emil: Member, people: list[Contact]
) -> None:
    """Nothing after the commit ran here: the hourly round deletes the file."""
    export = exported(emil)
    with use_account(acme):
        erasing.erase(acme, hash_of(ADDRESS))
    assert running.file_of(again(export)) is None
    assert (running.folder() / export.path).exists()
    running.expire(timezone.now())
    assert not (running.folder() / export.path).exists()
    assert again(export).path == ""


def test_an_export_under_way_is_taken_back_and_its_file_never_kept(
    acme: Account, emil: Member, people: list[Contact], state_dir: Path
) -> None:
    """It may have read the person before; what it writes is thrown away."""
    with use_account(acme):
        export = begin_export(emil, Selection(is_all=True))

    def batches(found: Export) -> Any:
        yield [[ADDRESS]]
        with use_account(acme):
            erasing.erase(acme, hash_of(ADDRESS))
        yield [["bo@example.test"]]

    running.run(acme.pk, export.pk, columns=[], batches=batches)
    assert again(export).state == Export.State.TAKEN_BACK
    assert files_with(state_dir, ADDRESS) == []


def test_what_a_dead_export_left_goes_within_a_day(acme: Account, state_dir: Path) -> None:
    left = state_dir / "exports" / str(acme.pk) / "7-ab.part"
    left.parent.mkdir(parents=True)
    left.write_text(ADDRESS)
    running.expire(timezone.now())
    assert left.exists()
    yesterday = timezone.now().timestamp() - 25 * 3600
    os.utime(left, (yesterday, yesterday))
    running.expire(timezone.now())
    assert not left.exists()


def test_another_accounts_file_stays(
    acme: Account,
    rolf: Member,
    people: list[Contact],
    django_capture_on_commit_callbacks: Any,
) -> None:
    with use_account(rolf.account):
        make_contact(rolf.account, ADDRESS)
    export = exported(rolf)
    erase(acme, django_capture_on_commit_callbacks)
    assert running.file_of(again(export)) is not None


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "windows-1252"])
def test_an_upload_that_waits_holds_the_person_no_longer(acme: Account, encoding: str) -> None:
    text = f"email;name\n{ADDRESS.upper()};Ana\nnot{ADDRESS};Zoë\n"
    with use_account(acme):
        make_contact(acme, ADDRESS)
    draft = draft_of(acme, text.encode(encoding), encoding=encoding)
    with use_account(acme):
        erasing.erase(acme, hash_of(ADDRESS))
        kept = bytes(Import.objects.for_account(acme).get(pk=draft.pk).content)
    said = kept.decode(encoding)
    if encoding == "utf-16-le":
        said = said.replace("not(erased)", f"not{ADDRESS}")
    assert said == f"email;name\n(erased);Ana\nnot{ADDRESS};Zoë\n"


def test_the_import_goes_on_without_the_person(acme: Account) -> None:
    with use_account(acme):
        make_contact(acme, ADDRESS)
    draft = draft_of(acme, f"email\n{ADDRESS}\nbo@example.test\n".encode())
    with use_account(acme):
        erasing.erase(acme, hash_of(ADDRESS))
        draft.refresh_from_db()
    again_read = run_import(acme, bytes(draft.content))
    assert (again_read.created, again_read.errors) == (1, 1)
    assert set(people_of(acme)) == {"bo@example.test"}


def test_an_upload_that_nobody_started_goes_after_a_month(acme: Account) -> None:
    old = draft_of(acme, b"email\nbo@example.test\n")
    draft_of(acme, b"email\ncy@example.test\n")
    with use_account(acme):
        month_ago = timezone.now() - timedelta(days=31)
        Import.objects.for_account(acme).filter(pk=old.pk).update(made_at=month_ago)
    assert retaining.forget(acme.pk) == 1
    with use_account(acme):
        assert Import.objects.for_account(acme).count() == 1


def test_a_list_of_suppressed_addresses_under_way_loses_it_too(acme: Account) -> None:
    with use_account(acme):
        make_contact(acme, ADDRESS)
        listed = SuppressionImport.objects.create(
            account=acme,
            file_name="old.csv",
            content=f"email\n{ADDRESS}\nbo@example.test\n".encode(),
            rows=2,
            advanced_at=timezone.now(),
        )
        erasing.erase(acme, hash_of(ADDRESS))
        listed.refresh_from_db()
    assert bytes(listed.content) == b"email\n(erased)\nbo@example.test\n"
