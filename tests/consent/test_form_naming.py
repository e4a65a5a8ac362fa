"""Sender, purpose, frequency and the way out: what a text of a form names, what it leaves out."""

from typing import Any

import pytest

from consent.forms.naming import named
from consent.forms.texts import FIELDS, standard_texts
from marketing.models import Account, Member

WORDS = {
    "subject": "Would you like news from Acme Bikes?",
    "question": "May we send you our newsletter?",
    "text": "News and offers, once or twice a month. You can stop at any time.",
}


def found(words: dict[str, str], language: str = "en") -> dict[str, bool | None]:
    return {one.label: one.found for one in named("Acme Bikes", language, words)}


@pytest.mark.parametrize("language", ["en", "fr", "de"])
def test_the_standard_form_names_everything(language: str) -> None:
    words = vars(standard_texts("Acme Bikes")[language])
    assert set(found(words, language).values()) == {True}


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"subject": "Would you like news?"}, "The sender"),
        ({"text": "News and offers from us. You can stop at any time."}, "How often"),
        ({"text": "News and offers, once or twice a month."}, "The way out"),
        (
            {
                "subject": "Acme Bikes?",
                "question": "May we write?",
                "text": "Once a month. You can stop.",
            },
            "The purpose",
        ),
    ],
)
def test_what_is_not_there_is_not_found(change: dict[str, str], missing: str) -> None:
    assert [label for label, is_there in found(WORDS | change).items() if not is_there] == [missing]


def test_a_language_we_do_not_know_is_not_judged() -> None:
    assert found(WORDS, "ja") == {
        "The sender": True,
        "The purpose": None,
        "How often": None,
        "The way out": None,
    }


def test_the_editor_says_what_is_missing_while_somebody_types(
    acme: Account, adam: Member, emil: Member, as_member: Any
) -> None:
    url = f"/a/{acme.pk}/consent-forms/named/?language=en"
    words = dict.fromkeys(FIELDS, "") | WORDS | {"text": "News."}
    page = as_member(adam).post(url, words).content.decode()
    assert page.count("we do not find it") == 2
    assert 'hx-trigger="input delay:400ms from:#consent-form"' in page
    new = as_member(adam).get(f"/a/{acme.pk}/consent-forms/new/").content.decode()
    assert 'aria-label="What the words name"' in new
    assert "we do not find it" not in new
    assert as_member(emil).post(url, words).status_code == 404
