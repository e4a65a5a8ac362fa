"""Erasure, and what goes by itself: nothing names the person, and everything else still stands."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import LinkTarget, TestSend
from consent.erasing import erasing, retaining
from consent.erasing.scrubbing import WORDS
from consent.ledger import chain
from consent.ledger.deriving import rebuild_standing
from consent.ledger.recording import append
from consent.ledger.suppressing import suppress
from consent.models import ConsentPrivate, ConsentRecord, ConsentRequest
from marketing.accounts.auditing import record
from marketing.audience.addresses import read_address
from marketing.audience.contacts import Details, WasErased, add_contact
from marketing.models import (
    Account,
    Contact,
    Export,
    Member,
    Segment,
    SegmentMember,
    Standing,
)
from marketing.tenancy import use_account
from tests.consent.importing_files import people_of, run_import
from tests.consent.making import hash_of, make_entry, make_recipient, make_request, standing_of
from tests.consent.test_asking import make_campaign
from tests.consent.test_fresh_links import make_link
from tests.making import make_contact, make_segment

ADDRESS = "Ana.Moreau@example.test"
# Tables without a person the account writes to, and why their text may name an address.
NOT_RECIPIENTS = {
    "user_account": "who logs in",
    "account_emailaddress": "who logs in",
    "sender": "the account's own",
    "invitation": "a colleague",
    "member": "who logs in",
}


def places_of(text: str) -> list[str]:
    """Every column of every table whose text holds it, in any case."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE assent_owner")
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns"
            " JOIN information_schema.tables USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND data_type IN ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'bytea')"
        )
        found = []
        for table, column in cursor.fetchall():
            # Bytes are shown with their printable letters as they are.
            cursor.execute(
                f'SELECT count(*) FROM "{table}" WHERE CASE WHEN pg_typeof("{column}") ='
                f" 'bytea'::regtype THEN encode(\"{column}\"::text::bytea, 'escape')"
                f' ELSE "{column}"::text END ILIKE %s',
                [f"%{text}%"],
            )
            if cursor.fetchone()[0]:
                found.append(f"{table}.{column}")
        cursor.execute("SET LOCAL ROLE NONE")
    return sorted(found)


@pytest.fixture
def known(acme: Account, olga: Member) -> Contact:
    """A person about whom everything is known everywhere."""
    run_import(acme, f"email,first_name\n{ADDRESS},Ana\n{ADDRESS},Ana\n")
    with use_account(acme):
        ana: Contact = Contact.objects.for_account(acme).get()
        ana.fields = {"city": "Lyon", "other": ADDRESS}
        ana.save()
        segment = make_segment(acme, "Regulars", kind="fixed")
        SegmentMember.objects.create(account=acme, segment=segment, contact=ana)
        rule = {"field": "email", "operator": "is", "value": ADDRESS.lower()}
        make_segment(acme, "Only Ana", kind="rules", rules=[rule])
        campaign = make_campaign(acme)
        make_recipient(
            acme, ana, campaign_id=campaign.pk, reply=f"550 <{ADDRESS}> unknown", sent_at=None
        )
        LinkTarget.objects.create(
            account_id=acme.pk,
            campaign_id=campaign.pk,
            contact_id=ana.pk,
            number=1,
            target=f"https://shop.example/?mail={ADDRESS}",
        )
        make_request(acme, ana, campaign_id=campaign.pk, reply=f"250 to {ADDRESS}")
        append(
            acme.pk,
            [
                make_entry(
                    address=ADDRESS,
                    contact_id=ana.pk,
                    ip="198.51.100.24",
                    agent="Safari",
                    source=f"{ADDRESS}.csv, line 2",
                    server_reply=f"250 to {ADDRESS}",
                )
            ],
        )
        suppress(acme.pk, [bytes(ana.address_hash)], "member", note=f"Asked by {ADDRESS}")
        record(acme, by=olga, act="contact.changed", subject=f"Contact {ADDRESS}")
        Export.objects.create(
            account=acme, title=f"Contacts {ADDRESS}", right="see", params={"q": ADDRESS}
        )
        TestSend.objects.create(
            account=acme,
            campaign=campaign,
            address=ADDRESS,
            asked_at=timezone.now(),
            asked_by_id=olga.pk,
        )
    return ana


def erased(account: Account, address: str = ADDRESS) -> Any:
    with use_account(account):
        return erasing.erase(account, hash_of(address))


def test_nothing_names_the_person_and_the_chain_still_verifies(
    acme: Account, known: Contact
) -> None:
    assert len(places_of(ADDRESS)) > 10
    receipt = erased(acme)
    assert receipt.mail()["to"] == ADDRESS.replace("Ana.Moreau", "Ana.Moreau")
    assert places_of(ADDRESS) == []
    assert places_of("198.51.100.24") == []
    assert chain.verify(acme.pk) is None
    with use_account(acme):
        assert not Contact.objects.for_account(acme).exists()
        request = ConsentRequest.objects.for_account(acme).get()
        values = ConsentPrivate.objects.for_account(acme).filter(deleted_at=None)
        assert (request.state, request.address) == ("expired", "")
        assert {value.kind for value in values} <= {"source"}


def test_every_record_keeps_when_and_what(acme: Account, known: Contact) -> None:
    before = _bodies(acme)
    erased(acme)
    assert _bodies(acme)[: len(before)] == before
    with use_account(acme):
        last = ConsentRecord.objects.for_account(acme).order_by("-seq")[:2]
        assert {(line.event, line.act) for line in last} == {("withdrew", "erased")}
        assert {line.purpose for line in last} == {"newsletter", "tracking"}


def _bodies(account: Account) -> list[str]:
    with use_account(account):
        records = ConsentRecord.objects.for_account(account).order_by("seq")
        return list(records.values_list("body", flat=True))


def test_the_record_page_says_deleted_on_the_day(
    acme: Account, known: Contact, as_member: Any, olga: Member
) -> None:
    with use_account(acme):
        agreed = ConsentRecord.objects.for_account(acme).filter(event="agreed").get()
    erased(acme)
    page = as_member(olga).get(f"/a/{acme.pk}/consents/{agreed.seq}/").content.decode()
    today = timezone.localdate()
    assert page.count(f"Deleted on {today.day} {today:%b %Y}") >= 3
    assert ADDRESS not in page


def test_a_later_import_and_a_member_are_kept_out(acme: Account, known: Contact) -> None:
    erased(acme)
    proof = f"email,consent_at,consent_source\n{ADDRESS},2026-11-24,Fair\nbo@example.test,,\n"
    imported = run_import(acme, proof)
    assert (imported.created, imported.kept_out) == (1, 1)
    assert set(people_of(acme)) == {"bo@example.test"}
    assert places_of(ADDRESS) == []
    with use_account(acme):
        with pytest.raises(WasErased):
            add_contact(acme, read_address(ADDRESS), Details(), source="Olga")
        standing = standing_of(acme, ADDRESS)
        assert standing is not None
        assert standing.newsletter == "withdrew"


def test_a_member_is_told_why_the_address_cannot_be_added(
    acme: Account, known: Contact, as_member: Any, olga: Member
) -> None:
    erased(acme)
    answer = as_member(olga).post(f"/a/{acme.pk}/contacts/add/", {"address": ADDRESS})
    assert answer.status_code == 422
    assert b"had their data erased" in answer.content


def test_erasing_twice_is_erasing_once(acme: Account, known: Contact) -> None:
    erased(acme)
    before = _bodies(acme)
    assert erased(acme) is None
    assert _bodies(acme) == before


def test_standing_is_the_same_when_it_is_written_anew(acme: Account, known: Contact) -> None:
    erased(acme)
    with use_account(acme):
        before = list(Standing.objects.for_account(acme).values().order_by("id"))
        rebuild_standing(acme.pk)
        assert list(Standing.objects.for_account(acme).values().order_by("id")) == before


def test_a_longer_address_that_contains_it_stays(acme: Account, known: Contact) -> None:
    with use_account(acme):
        make_segment(acme, f"Not x{ADDRESS} nor {ADDRESS}x")
    erased(acme)
    with use_account(acme):
        assert Segment.objects.for_account(acme).filter(name__contains=f"x{ADDRESS} nor").exists()


def test_another_account_keeps_what_it_knows(acme: Account, velo: Account, known: Contact) -> None:
    with use_account(velo):
        make_contact(velo, ADDRESS)
    erased(acme)
    with use_account(velo):
        assert Contact.objects.for_account(velo).count() == 1
    assert set(places_of(ADDRESS)) <= {
        "contact.address",
        "contact.address_key",
        "contact.search_text",
    }


def test_the_person_erases_by_two_presses_and_gets_a_receipt(
    acme: Account, known: Contact, django_capture_on_commit_callbacks: Any, monkeypatch: Any
) -> None:
    mails: list[dict[str, str]] = []
    monkeypatch.setattr(
        "consent.answering.views_fresh.hand_over_mail", lambda **mail: mails.append(mail)
    )
    stranger, url = Client(enforce_csrf_checks=True), make_link(acme, known)
    page = stranger.get(f"{url}?erase=all").content.decode()
    assert "What stays" in page
    assert places_of(ADDRESS)
    answer = stranger.post(url, {"do": "erase_all"}).content.decode()
    assert "Deleted on" in answer
    assert [mail["to"] for mail in mails] == [ADDRESS]
    assert "Acme Bikes erased" in mails[0]["text"]
    assert places_of(ADDRESS) == []
    assert stranger.get(url).status_code == 404


def test_every_table_with_words_about_people_is_known(db: None) -> None:
    """A new text column belongs to scrubbing.py, or to the lists below with its reason."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT table_name FROM information_schema.columns c"
            " JOIN information_schema.tables t USING (table_schema, table_name)"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
            " AND column_name ~ '(address|email|reply|note|subject|params|report)$'"
            " AND data_type IN ('text', 'character varying', 'jsonb')"
        )
        tables = {table for (table,) in cursor.fetchall()}
    elsewhere = {
        "inbound_report": "emptied",
        "unclaimed_mail": "of no account; the operator's",
        "own_relay": "the account's own",
        "contact": "deleted",
        "recipient": "emptied",
        "consent_request": "emptied",
        "campaign": "what the account writes",
        "text_version": "what the account asks",
        "account": "its own postal address",
    }
    assert tables - set(WORDS) - set(elsewhere) - set(NOT_RECIPIENTS) == set()


@pytest.fixture
def answered(acme: Account, ana: Contact) -> Contact:
    """A yes with IP and agent, long ago."""
    old = timezone.now() - timedelta(days=400)
    with use_account(acme):
        make_request(acme, ana, state="agreed")
        append(acme.pk, [make_entry(at=old, ip="198.51.100.24", agent="Safari", contact_id=ana.pk)])
        just_now: dict[str, Any] = {"at": timezone.now(), "ip": "198.51.100.25"}
        append(acme.pk, [make_entry("withdrew", "footer_link", **just_now)])
    return ana


def kept(account: Account) -> list[tuple[int, str]]:
    with use_account(account):
        rows = ConsentPrivate.objects.for_account(account).filter(deleted_at=None)
        return sorted(rows.values_list("seq", "kind"))


def test_ip_and_program_go_after_12_months(acme: Account, answered: Contact) -> None:
    assert retaining.forget(acme.pk) == 2
    assert kept(acme) == [(1, "address"), (2, "address"), (2, "ip")]
    assert retaining.forget(acme.pk) == 0
    assert chain.verify(acme.pk) is None


def test_proof_goes_when_its_time_is_over(acme: Account, answered: Contact) -> None:
    in_two_years = timezone.now() + timedelta(days=2 * 366)
    retaining.forget(acme.pk, now=in_two_years)
    assert kept(acme) == [(1, "address"), (2, "address")]
    Account.objects.filter(pk=acme.pk).update(proof_months=12)
    retaining.forget(acme.pk, now=in_two_years)
    assert kept(acme) == []
    assert chain.verify(acme.pk) is None


def test_proof_of_a_standing_yes_stays(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        append(acme.pk, [make_entry()])
    retaining.forget(acme.pk, now=timezone.now() + timedelta(days=3650))
    assert kept(acme) == [(1, "address")]


def test_who_never_answered_is_forgotten_when_the_link_ends(acme: Account, ana: Contact) -> None:
    with use_account(acme):
        make_request(acme, ana, state="expired")
        append(
            acme.pk, [make_entry("asked", "request_mail"), make_entry("expired", "request_mail")]
        )
    retaining.forget_everywhere()
    assert kept(acme) == []
    with use_account(acme):
        assert ConsentRequest.objects.for_account(acme).get().address == ""
        standing = standing_of(acme)
        assert standing is not None
        assert standing.asked_at is not None


def test_an_admin_chooses_how_long_proof_is_kept(
    acme: Account, adam: Member, emil: Member, as_member: Any
) -> None:
    url = f"/a/{acme.pk}/settings/keeping/"
    assert as_member(emil).get(url).status_code == 404
    client = as_member(adam)
    assert client.post(url, {"proof_months": "11"}).status_code == 422
    assert client.post(url, {"proof_months": "48"}).status_code == 302
    acme.refresh_from_db()
    assert acme.proof_months == 48
    assert "Keeping of proof" in client.get(f"/a/{acme.pk}/audit/").content.decode()
    assert "Kept 48 months" in client.get(f"/a/{acme.pk}/settings/more/").content.decode()


def test_an_admin_erases_a_person_who_wrote_a_letter(
    acme: Account, known: Contact, adam: Member, emil: Member, as_member: Any, monkeypatch: Any
) -> None:
    mails: list[dict[str, str]] = []
    monkeypatch.setattr("consent.erasing.views.hand_over_mail", lambda **mail: mails.append(mail))
    url = f"/a/{acme.pk}/contacts/{known.pk}/erase/"
    assert as_member(emil).post(url).status_code == 404
    client = as_member(adam)
    assert b"keyed fingerprint stay" in client.get(url).content
    assert places_of(ADDRESS)
    assert client.post(url).status_code == 302
    assert [mail["to"] for mail in mails] == [ADDRESS]
    client.logout()
    assert places_of(ADDRESS) == []
