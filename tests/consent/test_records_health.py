"""What the night finds: broken chains and standing that is not what the ledger says."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection
from django.test import Client

from consent.ledger.recording import append
from consent.ledger.tasks import verify
from consent.models import ChainCheck
from marketing.models import Account, Standing
from marketing.tenancy import use_account
from tests.consent.making import make_entry, standing_of


@pytest.fixture
def recorded(acme: Account, velo: Account) -> Account:
    for account in (acme, velo):
        with use_account(account):
            append(account.pk, [make_entry("asked", "request_mail"), make_entry()])
    return acme


def health() -> tuple[int, dict[str, object]]:
    answer = Client().get("/health/records")
    return answer.status_code, answer.json()


def test_health_is_fine_while_all_is_whole(recorded: Account) -> None:
    verify()
    assert health() == (200, {"status": "ok", "broken_chains": [], "standing_differs": []})


def test_health_names_the_first_bad_record_and_no_person(recorded: Account) -> None:
    with use_account(recorded), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        cursor.execute(
            "UPDATE consent_record SET body = replace(body, 'agreed', 'refused')"
            " WHERE account_id = %s AND seq = 2",
            [recorded.pk],
        )
        cursor.execute("SET LOCAL ROLE NONE")
    verify()
    status, content = health()
    assert status == 503
    assert content["broken_chains"] == [{"account": recorded.pk, "first_bad_record": 2}]


def test_standing_that_was_changed_past_the_ledger_is_found_and_mended(recorded: Account) -> None:
    with use_account(recorded):
        Standing.objects.for_account(recorded).update(newsletter="refused")
        Standing.objects.create(account=recorded, address_hash=b"x" * 32, newsletter="agreed")
    verify()
    assert health()[1]["standing_differs"] == [{"account": recorded.pk, "addresses": 2}]
    with pytest.raises(CommandError, match="Acme Bikes"):
        call_command("verify_consents", stdout=StringIO())
    said = StringIO()
    call_command("rebuild_standing", "--check", stdout=said)
    assert "Acme Bikes: 2 addresses differ" in said.getvalue()
    call_command("rebuild_standing", "--account", str(recorded.pk), stdout=said)
    assert "1 addresses written, 2 differed" in said.getvalue()
    with use_account(recorded):
        mended = standing_of(recorded)
        assert mended is not None
        assert mended.newsletter == "agreed"


def test_the_look_compares_standing_for_every_account(recorded: Account, velo: Account) -> None:
    verify()
    for account in (recorded, velo):
        with use_account(account):
            (found,) = ChainCheck.objects.for_account(account)
            assert (found.records, found.bad_seq, found.standing_off) == (2, None, 0)
