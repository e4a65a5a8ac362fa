"""The first large import of an account waits for the operator; nobody of it is known till then."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from consent.importing import running
from consent.importing.drafting import start
from consent.models import Import
from marketing.models import Account, AuditLine, Contact, Member
from marketing.tenancy import use_account
from tests.consent.importing_files import draft_of


@pytest.fixture(autouse=True)
def three(settings: Any) -> None:
    settings.HOLD_IMPORTS_OVER = 3


def started(account: Account, people: int, first: int = 0, **fields: Any) -> Import:
    lines = "".join(f"p{n}@example.test\n" for n in range(first, first + people))
    imported = draft_of(account, f"email\n{lines}".encode(), **fields)
    with use_account(account):
        assert start(imported)
    running.run(account.pk, imported.pk)
    return again(imported)


def again(imported: Import) -> Import:
    with use_account(imported.account_id):
        return Import.objects.for_account(imported.account_id).get(pk=imported.pk)


def contacts(account: Account) -> int:
    with use_account(account):
        return Contact.objects.for_account(account).count()


def released(account: Account, capsys: Any, note: str = "Order list, looked at") -> str:
    call_command("release_import", str(account.pk), note=note)
    return str(capsys.readouterr().out)


def test_a_large_import_is_held_before_anybody_is_stored(acme: Account, emil: Member) -> None:
    held = started(acme, 4, by=emil)
    assert held.state == Import.State.HELD
    assert contacts(acme) == 0
    assert running.silent_imports(timezone.now() + timedelta(days=9)) == []
    with use_account(acme):
        assert AuditLine.objects.for_account(acme).get().act == "import.held"


def test_the_operators_command_lets_it_run(acme: Account, emil: Member, capsys: Any) -> None:
    held = started(acme, 4, by=emil)
    call_command("release_import")
    listed = capsys.readouterr().out
    assert f"{acme.pk}: Acme Bikes, people.csv, 4 rows, by editor@acme.example." in listed
    assert "people.csv is released" in released(acme, capsys)
    assert running.silent_imports(timezone.now()) == [(acme.pk, held.pk)]
    running.run(acme.pk, held.pk)
    assert again(held).state == Import.State.FINISHED
    assert again(held).release_note == "Order list, looked at"
    assert contacts(acme) == 4
    with use_account(acme):
        line = AuditLine.objects.for_account(acme).get(act="import.released")
    assert (line.who, line.after) == ("Assent", "Order list, looked at")
    # The next one is the second large one.
    assert started(acme, 9, first=10).state == Import.State.FINISHED
    with pytest.raises(CommandError):
        released(acme, capsys)
    call_command("release_import")
    assert capsys.readouterr().out == "No import waits.\n"


def test_the_owners_are_told_once_that_it_waits(
    acme: Account,
    olga: Member,
    emil: Member,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mailed: list[dict[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, queue: mailed.append(kwargs))
    with django_capture_on_commit_callbacks(execute=True):
        held = started(acme, 4, by=emil)
        started(acme, 4, first=4, by=emil)
    (mail,) = mailed
    assert (mail["to"], mail["subject"]) == (olga.user.email, "people.csv waits for the operator")
    assert "people.csv is the first large import of Acme Bikes." in mail["text"]
    assert reverse("consent:import_result", args=[acme.pk, held.pk]) in mail["text"]


def test_whoever_started_it_gets_a_mail(
    acme: Account,
    emil: Member,
    capsys: Any,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mailed: list[dict[str, str]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs, queue: mailed.append(kwargs))
    held = started(acme, 4, by=emil)
    with django_capture_on_commit_callbacks(execute=True):
        released(acme, capsys)
    (mail,) = mailed
    assert (mail["to"], mail["subject"]) == (
        "editor@acme.example",
        "people.csv is being imported",
    )
    assert reverse("consent:import_result", args=[acme.pk, held.pk]) in mail["text"]


def test_small_files_count_together(acme: Account) -> None:
    assert started(acme, 2).state == Import.State.FINISHED
    assert started(acme, 2).state == Import.State.HELD  # two again, maybe others
    assert contacts(acme) == 2


def test_another_accounts_release_lets_nothing_of_ours_run(
    acme: Account, velo: Account, capsys: Any
) -> None:
    ours, theirs = started(acme, 4), started(velo, 4)
    released(velo, capsys)
    assert again(ours).state == Import.State.HELD
    assert again(theirs).state == Import.State.WAITING


def test_nothing_waits_where_the_operator_wants_to_see_none(acme: Account, settings: Any) -> None:
    settings.HOLD_IMPORTS_OVER = 0
    assert started(acme, 50).state == Import.State.FINISHED


def test_the_pages_say_that_it_waits_why_and_for_whom(
    acme: Account, emil: Member, as_member: Any
) -> None:
    client = as_member(emil)
    imported = draft_of(acme, b"email\na@x.test\nb@x.test\nc@x.test\nd@x.test\n", by=emil)
    check = reverse("consent:import_check", args=[acme.pk, imported.pk])
    assert "This import will wait." in client.get(check).content.decode()
    answer = client.post(check, follow=True)
    text = answer.content.decode()
    assert "This import waits for the operator." in text
    assert "Until then nobody in it is a contact." in text
    assert "Imported. Nobody has been mailed." not in text
