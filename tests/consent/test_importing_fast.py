"""The quick way of an import says exactly what the slow one would; odd files read as before."""

import io
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from typing import Any

import pytest
from django.db import connection

from consent.importing.batches.ahead import made_ahead
from consent.importing.encodings import Encoding
from consent.importing.reading import Shape, records, survey
from consent.ledger import chain
from consent.ledger.deriving import standing_off
from consent.ledger.proving import ImportOf, Proof, prove
from consent.ledger.recording import append
from consent.models import ConsentPrivate, ConsentRecord
from marketing.audience.addresses import read_address
from marketing.audience.contacts import Details, add_contact
from marketing.models import Account, Contact, Standing
from marketing.tenancy import use_account
from tests.consent.importing_files import people_of, run_import
from tests.consent.making import make_entry
from tests.making import make_account

AT = datetime(2026, 3, 1, 9, 15, 0, 123456, tzinfo=UTC)
NOW = datetime(2026, 11, 25, 12, 0, 0, 987654, tzinfo=UTC)
# Address, where from, text they agreed to.
PEOPLE = [
    ("ana@example.test", "a.csv, line 2: Fair", ""),
    ("bo+x@example.test", "a.csv, line 3: „Laden\t“ \\ 100 %s", "Yes,\nI want it"),
]


def _said(account: Account) -> list[Any]:
    """Records, values and standings without what differs by account or by chance."""
    with use_account(account):
        found: list[Any] = []
        for record in ConsentRecord.objects.for_account(account).order_by("seq"):
            facts = chain.facts_of(record.body)
            salted = {name for name in facts if name.endswith("_hash")}
            found.append({name: value for name, value in facts.items() if name not in salted})
            found.append((sorted(salted), record.at, record.event, record.act, record.seq))
        kept = ConsentPrivate.objects.for_account(account).order_by("seq", "kind")
        found += kept.values_list("seq", "kind", "value")
        stands = Standing.objects.for_account(account).order_by("newsletter_seq")
        found += stands.values_list("newsletter", "newsletter_at", "newsletter_imported")
    return [line | {"account": ""} if isinstance(line, dict) else line for line in found]


@pytest.mark.django_db
def test_a_batch_of_proofs_says_what_single_records_would(acme: Account, velo: Account) -> None:
    proofs = [
        Proof(bytes([n]) * 32, address, source, text, AT)
        for n, (address, source, text) in enumerate(PEOPLE)
    ]
    with use_account(acme):
        prove(ImportOf(acme.pk, 7, 3, NOW), proofs, just_met=False)
    with use_account(velo):
        append(
            velo.pk,
            [
                make_entry(
                    *("imported", "import_proof", proof.address),
                    address_hash=proof.address_hash,
                    at=NOW,
                    source=proof.source,
                    proof_text=proof.text,
                    proof_at=AT,
                    import_id=7,
                    member_id=3,
                )
                for proof in proofs
            ],
        )
    assert _said(acme) == _said(velo)
    for account in (acme, velo):
        with use_account(account):
            assert standing_off(account.pk) == 0
        assert chain.verify(account.pk) is None


@pytest.mark.django_db
def test_private_values_of_a_batch_hash_as_the_chain_says(acme: Account) -> None:
    run_import(acme, "email,consent_at,consent_text\nana@example.test,2026-11-02,I want it\n")
    with use_account(acme):
        facts = chain.facts_of(ConsentRecord.objects.for_account(acme).get().body)
        for one in ConsentPrivate.objects.for_account(acme):
            salted = bytes(one.salt) + one.value.encode()
            assert facts[f"{one.kind}_hash"] == sha256(salted).hexdigest()


@pytest.mark.django_db
def test_contacts_show_their_consent_without_a_second_look(acme: Account) -> None:
    """With a basis, with a proof, with both, and whose standing outlived the contact."""
    append_old = make_entry("asked", "request_mail", "old@example.test")
    with use_account(acme):
        append(acme.pk, [append_old])
    run_import(
        acme,
        "email,consent_at,status\nboth@example.test,2026-11-02,active\nbasis@example.test,,active\n"
        "out@example.test,2026-11-02,unsubscribed\nold@example.test,,active\n",
        basis="existing_customer",
        basis_evidence="order",
    )
    shown = {key: contact.consent for key, contact in people_of(acme).items()}
    assert shown == {
        "both@example.test": "agreed",
        "basis@example.test": "customer",
        "out@example.test": "blocked",
        "old@example.test": "no_answer",
    }
    with use_account(acme):
        assert standing_off(acme.pk) == 0


@pytest.mark.django_db(transaction=True)
def test_a_contact_typed_at_the_same_moment_is_merged() -> None:
    account = make_account("Studio", country="FR")
    typed = threading.Event()

    def type_in() -> None:
        """Commit only once the import waits for this very address."""
        with use_account(account):
            ana = Details(last_name="Typed")
            add_contact(account, read_address("ana@example.test"), ana, source="by hand")
            typed.set()
            _until_somebody_waits()
        connection.close()

    member = threading.Thread(target=type_in)
    member.start()
    assert typed.wait(20)
    imported = run_import(account, "email,first_name\nana@example.test,Ana\nbo@example.test,Bo\n")
    member.join()
    assert (imported.state, imported.created, imported.merged) == ("finished", 1, 1)
    with use_account(account):
        ana = Contact.objects.for_account(account).get(address_key="ana@example.test")
    assert (ana.first_name, ana.last_name) == ("Ana", "Typed")


def _until_somebody_waits() -> None:
    patience = threading.Event()
    for _ in range(400):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
        patience.wait(0.05)


@pytest.mark.parametrize(
    "middle",
    [
        '"two\nlines",x\n',  # one record, two lines
        "too,many,cells\n",
        'a"b,"c"d\n',  # text after a closing quote
        "\n  ,  \n\n",  # nothing
        "with\x00,NUL\n",
        "old mac,line\rends,here\r",
        f"{'x' * 140_000},too long a value\n",
    ],
)
@pytest.mark.parametrize("before", [0, 1, 998, 999, 1_000, 2_001])
def test_odd_lines_are_read_alike_wherever_they_stand(before: int, middle: str) -> None:
    """Lines are read a thousand at once: what is odd must not change what stands around it."""
    plain = [f"p{n}@example.test,N{n}\n" for n in range(before)]
    after = [f"q{n}@example.test,M{n}\n" for n in range(3)]
    text = "".join(["email,name\n", *plain, middle, *after])
    shape = Shape(Encoding("utf-8", "confirmed"), ",", ("email", "name"))
    alone = list(records(io.BytesIO(f"email,name\n{middle}".encode()), shape))
    found = list(records(io.BytesIO(text.encode()), shape))
    assert [one.number for one in found] == list(range(1, before + len(alone) + 4))
    assert [one.line for one in found[:before]] == list(range(2, before + 2))
    odd = found[before : before + len(alone)]
    assert [(one.line - before, one.cells, one.error) for one in odd] == [
        (one.line, one.cells, one.error) for one in alone
    ]
    assert [one.cells for one in found[-3:]] == [(f"q{n}@example.test", f"M{n}") for n in range(3)]
    seen = survey(io.BytesIO(text.encode()), encoding="utf-8", separator=",")
    assert (seen.rows, seen.bad_count) == (len(found), sum(bool(one.error) for one in found))


def test_reading_ahead_keeps_order_and_errors() -> None:
    def made() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("the third can not be made")

    ahead = made_ahead(made())
    assert list(islice(ahead, 2)) == [1, 2]
    with pytest.raises(ValueError, match="the third"):
        next(ahead)
    assert list(made_ahead(iter([]))) == []
