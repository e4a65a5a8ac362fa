"""The request says why somebody gets it: the account's own sentence, else what we know."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from consent.asking.composing import RequestMail, compose
from consent.models import Import
from marketing.models import Account, Contact, Member
from marketing.names import KnownFromField
from marketing.tenancy import use_account
from tests.consent.importing_files import draft_of, run_import
from tests.consent.making import hash_of, make_request
from tests.making import make_contact

MET = "You left your address at our workshop in Lyon"


def mail_to(account: Account, address: str) -> RequestMail:
    """The request as it would be mailed now."""
    with use_account(account):
        contact = Contact.objects.for_account(account).get(address_hash=hash_of(address))
        request = make_request(account, contact, state="open", asked_at=None)
        return compose(account, [request])[0]


def imported(account: Account, columns: str = "", cells: str = "", **fields: Any) -> None:
    run_import(account, f"email{columns}\nbo@example.test{cells}\n", **fields)


def test_people_read_the_sentence_of_their_import(acme: Account) -> None:
    imported(acme, known_from=MET)
    mail = mail_to(acme, "bo@example.test")
    for part in (mail.html, mail.text):
        assert f"{MET}. News and offers from Acme Bikes" in part
    assert mail.values["why"] == f"{MET}."


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Acme Bikes has had your address since 7 November 2026."),
        ("fr", "Acme Bikes a votre adresse depuis le 7 novembre 2026."),
        ("de", "Acme Bikes hat Ihre Adresse seit dem 7. November 2026."),
    ],
)
def test_without_one_the_mail_says_since_when(acme: Account, language: str, said: str) -> None:
    imported(acme, ",language", f",{language}")
    with use_account(acme):
        met = datetime(2026, 11, 7, 12, tzinfo=UTC)
        Contact.objects.for_account(acme).update(created_at=met)
    mail = mail_to(acme, "bo@example.test")
    assert said in mail.html
    assert said in mail.text


def test_what_is_said_of_one_person_goes_before_the_import(
    acme: Account, emil: Member, as_member: Any
) -> None:
    imported(acme, known_from=MET)
    with use_account(acme):
        contact = Contact.objects.for_account(acme).get()
    client: Client = as_member(emil)
    url = f"/a/{acme.pk}/contacts/{contact.pk}/edit/"
    assert "Where does this person know you from?" in client.get(url).content.decode()
    assert client.post(url, {"known_from": "See https://x.example"}).status_code == 422
    assert client.post(url, {"known_from": "You asked us on the phone"}).status_code == 302
    assert mail_to(acme, "bo@example.test").values["why"] == "You asked us on the phone."


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "You are a customer of Acme Bikes."), ("fr", "Vous êtes client de Acme Bikes.")],
)
def test_a_customer_is_told_so(acme: Account, language: str, said: str) -> None:
    with use_account(acme):
        fields = {"basis": "existing_customer", "language": language}
        make_contact(acme, "bo@example.test", **fields)
    assert said in mail_to(acme, "bo@example.test").text


def test_a_hostile_sentence_is_text_in_the_mail(acme: Account) -> None:
    with use_account(acme):
        make_contact(acme, "bo@example.test", import_id=1)
        Import.objects.create(
            account=acme, id=1, file_name="x", content=b"", known_from="<b>{{ x }} ⟦address⟧"
        )
    mail = mail_to(acme, "bo@example.test")
    assert "&lt;b&gt;{{ x }} ⟦address⟧." in mail.html


@pytest.mark.parametrize(
    "offer", ["See https://shop.example", "20 % off", "Write to me@shop.example", "From 5 €"]
)
def test_a_sentence_that_advertises_is_refused(offer: str) -> None:
    field = KnownFromField()
    with pytest.raises(Exception, match="Only words"):
        field.clean(offer)
    assert field.clean("  At our\nworkshop ") == "At our workshop"


def test_the_import_asks_for_it_and_says_who_reads_it(
    acme: Account, emil: Member, as_member: Any
) -> None:
    draft = draft_of(acme, b"email\nbo@example.test\n", by=emil, attested=False)
    client: Client = as_member(emil)
    url = f"/a/{acme.pk}/contacts/import/{draft.pk}/origin/"
    page = client.get(url).content.decode()
    assert "Where do these people know you from?" in page
    assert "People read this sentence in the mail that asks them." in page
    data = {"source": "Fair", "attested": "on", "known_from": "Only 5 €"}
    refused = client.post(url, data)
    assert refused.status_code == 422
    assert "Only words" in refused.content.decode()
    assert client.post(url, data | {"known_from": MET}).status_code == 302
    with use_account(acme):
        draft.refresh_from_db()
    assert draft.known_from == MET
