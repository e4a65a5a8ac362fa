"""The ledger: chain, private values, refusal to forget."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from consent.ledger import chain
from consent.ledger.recording import append
from consent.models import ConsentPrivate, ConsentRecord
from marketing.models import Account
from marketing.tenancy import use_account
from tests.consent.making import NOON, make_entry
from tests.making import make_account

ASKED = ("asked", "request_mail")
SECRETS = {
    "address": "Ana@Example.test",
    "ip": "198.51.100.24",
    "agent": "Safari 19",
    "typed_name": "Ana Moreau",
    "source": "Campaign Autumn",
    "server_reply": "250 2.1.5 <ana@example.test> queued",
    "proof_text": "Yes, write to ana",
}


def as_owner(sql: str) -> None:
    """Run one statement as the owner of the tables, past row security and rights."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        cursor.execute(sql)
        cursor.execute("SET LOCAL ROLE NONE")


def test_records_are_numbered_and_chained_per_account(acme: Account, velo: Account) -> None:
    with use_account(acme):
        assert append(acme.pk, [make_entry("asked", "request_mail"), make_entry()]) == [1, 2]
        assert append(acme.pk, [make_entry("refused")]) == [3]
        records = list(ConsentRecord.objects.for_account(acme).order_by("seq"))
    with use_account(velo):
        assert append(velo.pk, [make_entry()]) == [1]
    assert bytes(records[0].prev_hash) == chain.START
    assert [bytes(r.prev_hash) for r in records[1:]] == [bytes(r.hash) for r in records[:2]]
    assert chain.verify(acme.pk) is None
    assert chain.verify(velo.pk) is None


def test_an_empty_ledger_is_intact(acme: Account) -> None:
    assert chain.verify(acme.pk) is None


def test_the_chained_text_holds_no_personal_data(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(**SECRETS, message_id="<r1@mail.example>", language="fr")])
        record = ConsentRecord.objects.for_account(acme).get()
        private = {row.kind: row.value for row in ConsentPrivate.objects.for_account(acme)}
    for value in SECRETS.values():
        assert value not in record.body
    assert sorted(private.values()) == sorted(SECRETS.values())
    facts = chain.facts_of(record.body)
    assert facts["message_id"] == "<r1@mail.example>"
    assert facts["language"] == "fr"
    assert len(facts["ip_hash"]) == 64


def test_the_chain_still_verifies_when_private_values_are_deleted(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(**SECRETS)])
        ConsentPrivate.objects.for_account(acme).delete()
    assert chain.verify(acme.pk) is None


def test_a_line_break_in_a_value_makes_no_line_of_its_own(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(detail="x\nevent=agreed\x00", message_id="a\nb=c")])
        record = ConsentRecord.objects.for_account(acme).get()
    assert chain.facts_of(record.body)["detail"] == "x\nevent=agreed"
    assert record.body.count("\nevent=") == 1
    assert chain.verify(acme.pk) is None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_record SET event = 'refused' WHERE seq = 2",
        "UPDATE consent_record SET at = at + interval '1 ms' WHERE seq = 2",
        "UPDATE consent_record SET contact_id = 7 WHERE seq = 2",
        "UPDATE consent_record SET body = replace(body, 'agreed', 'refused') WHERE seq = 2",
        "UPDATE consent_record SET hash = sha256('x') WHERE seq = 2",
        "DELETE FROM consent_record WHERE seq = 2",
        "UPDATE consent_record SET seq = seq + 10 WHERE seq = 2",
    ],
)
def test_a_changed_record_is_found(acme: Account, change: str) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry() for _ in range(4)])
        as_owner(change)
        assert chain.verify(acme.pk) in (2, 3)


def test_a_rebuilt_chain_is_found_by_the_head_of_the_last_check(acme: Account) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry("refused")])
        assert chain.check(acme.pk).bad_seq is None
        as_owner("DELETE FROM consent_record; DELETE FROM consent_private")
        append(acme.pk, [make_entry("agreed")])
        assert chain.verify(acme.pk) is None
        assert chain.check(acme.pk).bad_seq == 1


def test_the_command_names_the_broken_account(acme: Account, velo: Account, capsys: Any) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry(), make_entry()])
    call_command("verify_consents")
    assert "Acme Bikes: chain of 2 records intact" in capsys.readouterr().out
    with use_account(acme):
        as_owner("UPDATE consent_record SET act = 'api' WHERE seq = 1")
    with pytest.raises(CommandError, match="Acme Bikes"):
        call_command("verify_consents")
    assert "BROKEN at record 1" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["consent_record", "text_version", "shown"])
@pytest.mark.parametrize("role", ["assent", "assent_every_account"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET account_id = 1", "DELETE FROM {}"])
def test_no_role_of_the_application_may_change_it(
    acme: Account, table: str, role: str, statement: str
) -> None:
    with use_account(acme), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE {role}")
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            cursor.execute(statement.format(table))
        cursor.execute("SET LOCAL ROLE NONE")


@pytest.mark.parametrize("table", ["consent_record", "text_version", "shown"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {} SET account_id = 1 WHERE false",
        "DELETE FROM {} WHERE false",
        "TRUNCATE {} CASCADE",
    ],
)
def test_a_trigger_stops_the_owners_slips(acme: Account, table: str, statement: str) -> None:
    with use_account(acme):
        as_owner(f"ALTER TABLE {table} ENABLE TRIGGER {table}_append_only")
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE assent_owner")
            with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
                cursor.execute(statement.format(table))
            cursor.execute("SET LOCAL ROLE NONE")
        as_owner(f"ALTER TABLE {table} DISABLE TRIGGER {table}_append_only")


def test_a_batch_needs_a_fixed_number_of_statements(
    acme: Account, django_assert_num_queries: Any
) -> None:
    people = [make_entry(*ASKED, address=f"p{n}@example.test") for n in range(300)]
    with use_account(acme), django_assert_num_queries(6):
        # lock, last record, records, private values, standing before, standing
        append(acme.pk, people)


def test_the_door_to_another_account_is_closed(acme: Account, velo: Account) -> None:
    with use_account(acme), pytest.raises(ValueError, match="another account"):
        append(velo.pk, [make_entry()])


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_make_one_chain() -> None:
    account = make_account("Busy", country="US")

    def write(number: int) -> None:
        for turn in range(10):
            with use_account(account):
                at = NOON + timedelta(seconds=turn)
                append(account.pk, [make_entry(address=f"w{number}@example.test", at=at)])
        connection.close()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state = chain.look(account.pk)
    assert state.bad_seq is None
    assert state.records == 40
