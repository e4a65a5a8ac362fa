"""The editor of consent forms: a test to oneself, and how long the words are."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.utils import timezone

from consent.asking.trying import A_DAY, ACT, SAME_PRESS
from consent.forms.lengths import BESIDE, PHONE, lengths
from consent.forms.texts import FIELDS, Texts
from consent.forms.versions import latest, save_version, standard_form, versions
from consent.models import ConsentForm, ConsentRecord, ConsentRequest
from marketing.accounts.auditing import record
from marketing.models import Account, AuditLine, Member
from marketing.tenancy import use_account

WORDS = {
    "name": "Friends",
    "subject": "News from us?",
    "question": "May we write to you?",
    "text": "News of Acme Bikes once a month. Stop at any time.",
    "yes": "Yes",
    "no": "No",
}


@pytest.fixture
def mails(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, str]]:
    sent: list[dict[str, str]] = []
    monkeypatch.setattr("consent.asking.trying.hand_over_mail", lambda **mail: sent.append(mail))
    return sent


def confirm(member: Member) -> None:
    EmailAddress.objects.create(
        user=member.user, email=member.user.email, verified=True, primary=True
    )


def test_a_test_of_what_is_typed_goes_to_oneself_alone_and_asks_nobody(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    confirm(adam)
    client: Client = as_member(adam)
    url = f"/a/{acme.pk}/consent-forms/test/?language=fr"
    answer = client.post(url, WORDS | {"subject": "Des nouvelles ?"})
    assert f"On its way to {adam.user.email}. Nobody else gets it." in answer.content.decode()
    (mail,) = mails
    assert (mail["to"], mail["subject"]) == (adam.user.email, "Test: Des nouvelles ?")
    assert WORDS["question"] in mail["html"]
    assert "Répondre oui ou non" in mail["text"]
    assert "/c/" not in mail["text"]
    with use_account(acme):
        assert not ConsentRequest.objects.for_account(acme).exists()
        assert not ConsentRecord.objects.for_account(acme).exists()
        assert AuditLine.objects.for_account(acme).filter(act=ACT).count() == 1


def test_a_button_pressed_twice_mails_once_and_other_words_again(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    confirm(adam)
    client: Client = as_member(adam)
    url = f"/a/{acme.pk}/consent-forms/test/?language=en"
    for _ in range(2):
        assert "On its way to" in client.post(url, WORDS).content.decode()
    assert len(mails) == 1
    client.post(url, WORDS | {"text": "Other words."})
    client.post(url.replace("=en", "=de"), WORDS)
    assert len(mails) == 3
    with use_account(acme):
        tested = AuditLine.objects.for_account(acme).filter(act=ACT)
        tested.update(at=timezone.now() - SAME_PRESS - timedelta(seconds=1))
    client.post(url, WORDS)
    assert len(mails) == 4, "a minute later it is another test"


def test_after_a_test_the_way_back_brings_the_words_along(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    confirm(adam)
    client: Client = as_member(adam)
    with use_account(acme):
        standard = standard_form(acme).pk
        form = ConsentForm.objects.create(account=acme, name="Ours")
        save_version(form, {"en": Texts(**dict.fromkeys(FIELDS, "Old"))})
    new = client.get(f"/a/{acme.pk}/consent-forms/new/?copy={standard}").content.decode()
    assert f"/a/{acme.pk}/consent-forms/test/?language=en&amp;copy={standard}" in new
    for query, page in (
        ("language=en", f"/a/{acme.pk}/consent-forms/new/?language=en"),
        (f"language=fr&form={form.pk}", f"/a/{acme.pk}/consent-forms/{form.pk}/?language=fr"),
    ):
        typed = WORDS | {"text": "Line one\r\nline <two>", "question": query}
        told = client.post(f"/a/{acme.pk}/consent-forms/test/?{query}", typed).content.decode()
        assert f'action="{page}"' in told
        assert mails[-1]["text"].count(page) > 0, "the mail's links lead there too"
        back = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', told))
        assert unescape(back["text"]) == typed["text"]
        carried = {name: unescape(value) for name, value in back.items()} | {"back": "1"}
        answer = client.post(page, carried)
        shown = answer.content.decode()
        assert answer.status_code == 200
        assert "line &lt;two&gt;" in shown
        assert f'value="{query.replace("&", "&amp;")}"' in shown
        assert "is-invalid" not in shown
    with use_account(acme):
        assert [text.text for text in versions(form)] == ["Old"], "nothing was kept"


def test_the_standard_form_can_be_tested_too(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    confirm(adam)
    with use_account(acme):
        text = latest(standard_form(acme), "de")
    client: Client = as_member(adam)
    page = client.get(f"/a/{acme.pk}/consent-forms/{text.form_id}/").content.decode()
    assert "Send me a test" in page
    client.post(f"/a/{acme.pk}/consent-forms/test/?text={text.pk}")
    assert mails[0]["subject"] == f"Test: {text.subject}"
    assert f"/a/{acme.pk}/consent-forms/{text.form_id}/" in mails[0]["text"]


def test_an_address_that_is_not_confirmed_gets_none(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    answer = as_member(adam).post(f"/a/{acme.pk}/consent-forms/test/", WORDS)
    assert answer.status_code == 422
    assert "not confirmed yet" in answer.content.decode()
    assert mails == []


def test_fifty_a_day_are_enough(
    acme: Account, adam: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    confirm(adam)
    with use_account(acme):
        for _ in range(A_DAY):
            record(acme, by=adam, act=ACT, subject="x")
    answer = as_member(adam).post(f"/a/{acme.pk}/consent-forms/test/", WORDS)
    assert answer.status_code == 422
    assert mails == []


def test_an_editor_sends_none(
    acme: Account, emil: Member, as_member: Any, mails: list[dict[str, str]]
) -> None:
    assert as_member(emil).post(f"/a/{acme.pk}/consent-forms/test/", WORDS).status_code == 404
    assert mails == []


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        (PHONE, "Fits on most phones."),
        (PHONE + 1, "Phones show about"),
        (90, "Computers, too, cut it after about 70. Phones show about"),
    ],
)
def test_a_subject_says_where_it_is_cut(letters: int, said: str) -> None:
    subject, _ = lengths({"subject": "x" * letters})
    assert (subject.letters, subject.said) == (letters, said)
    assert subject.is_cut == (letters > PHONE)
    assert len(subject.shown) == (PHONE if subject.is_cut else 0)


def test_a_text_says_what_stands_beside_the_subject() -> None:
    _, text = lengths({"question": "May we?", "text": "News\nand offers, " * 20})
    assert text.shown.startswith("May we? News and offers,")
    assert len(text.shown) <= BESIDE
    assert lengths({"text": "x" * 1001})[1].is_cut


def test_the_editor_counts_while_somebody_types(
    acme: Account, adam: Member, as_member: Any
) -> None:
    client: Client = as_member(adam)
    page = client.get(f"/a/{acme.pk}/consent-forms/new/").content.decode()
    assert "How long the words are" in page
    url = f"/a/{acme.pk}/consent-forms/named/?language=en"
    typed = client.post(url, WORDS | {"subject": "x" * 60}).content.decode()
    assert "Mail subject: 60 characters." in typed
    assert "Phones show about" in typed
