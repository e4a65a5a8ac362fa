"""The public pages and the request mail are whole in every language we speak."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from consent.answering import words
from marketing.models import Account, Member

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = [
    ROOT / "templates" / "base_public.html",
    *sorted((ROOT / "templates" / "public").glob("*.html")),
    *(
        part
        for mail in ("consent_request", "fresh_link", "erased")
        for part in sorted((ROOT / "templates" / "email" / mail).iterdir())
    ),
]
_TRANS = re.compile(r'{% trans(?:late)? "([^"]+)" %}')
_BLOCK = re.compile(r"{% blocktrans(?:late)? %}(.+?){% endblocktrans(?:late)? %}", re.DOTALL)


def sentences() -> set[str]:
    """Every translatable sentence of the templates, as the catalogue spells it."""
    found: set[str] = set(words.EVERY)
    for template in TEMPLATES:
        text = template.read_text(encoding="utf-8")
        found |= set(_TRANS.findall(text))
        found |= {re.sub(r"{{ (\w+) }}", r"%(\1)s", block) for block in _BLOCK.findall(text)}
    return found


def catalogue(language: str) -> gettext.GNUTranslations:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_sentence_is_translated_with_the_same_gaps(language: str) -> None:
    spoken = catalogue(language)
    assert len(sentences()) > 90
    for sentence in sentences():
        said = spoken.gettext(sentence)
        assert said != sentence or sentence == "Newsletter", sentence
        gaps = r"%\(\w+\)s|</?\w+"
        assert sorted(re.findall(gaps, said)) == sorted(re.findall(gaps, sentence)), sentence


@pytest.mark.parametrize("language", ["fr", "de"])
def test_the_compiled_catalogue_is_that_of_the_source(language: str) -> None:
    source = (ROOT / "locale" / language / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")
    pairs = re.findall(r'^msgid "(.+)"\nmsgstr "(.+)"$', source, re.MULTILINE)
    spoken = catalogue(language)
    assert len(pairs) > 90
    for sentence, said in pairs:
        unquoted = sentence.replace('\\"', '"')
        assert spoken.gettext(unquoted) == said.replace('\\"', '"'), sentence


def test_languages_of_the_settings_have_a_catalogue() -> None:
    assert {code for code, _ in settings.LANGUAGES} == {"en", "fr", "de"}


def test_an_unknown_link_speaks_the_browsers_language(db: None) -> None:
    answer = Client(headers={"accept-language": "de-AT,de;q=0.9"}).get("/u/nothing")
    assert "Dieser Link funktioniert nicht mehr" in answer.content.decode()
    assert '<html lang="de" dir="ltr">' in answer.content.decode()


def test_members_pages_stay_in_english(acme: Account, rita: Member, client: Client) -> None:
    client.force_login(rita.user)
    page = client.get(f"/a/{acme.pk}/consents/", headers={"accept-language": "fr"})
    assert "Obtained consents" in page.content.decode()
    assert "Lettre" not in page.content.decode()
