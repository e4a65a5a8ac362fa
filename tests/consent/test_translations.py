"""The public pages and the request mail are whole in every language we speak."""

import ast
import gettext
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation.template import templatize

from consent.answering import words
from consent.asking import why
from consent.asking.composing import compose
from consent.erasing import telling
from consent.forms.texts import Texts
from consent.forms.versions import latest, save_version, standard_form
from marketing.models import Account, Contact, Member
from marketing.signing import answer_url
from marketing.tenancy import use_account
from tests.consent.languages import add_language
from tests.consent.making import make_request

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
# What Django's own extraction makes of a template's sentences.
_SENTENCE = re.compile(r"""(?:\bgettext|\W_)\(u?('(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")""")
_NOT_READ = re.compile(
    r"{% comment %}.*?{% endcomment %}|{#.*?#}|{%\s*blocktrans.*?endblocktrans\w*\s*%}"
    r"|{%.*?%}|{{.*?}}|<[^>]*>",
    re.DOTALL,
)


def sentences() -> set[str]:
    """Every translatable sentence of what recipients read, as the catalogue spells it."""
    found: set[str] = {*words.EVERY, *why.EVERY, *telling.EVERY}
    for template in TEMPLATES:
        text = templatize(template.read_text(encoding="utf-8"))
        found |= {ast.literal_eval(literal) for literal in _SENTENCE.findall(text)}
    return found


def catalogue(language: str) -> gettext.GNUTranslations:
    with (ROOT / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
        return gettext.GNUTranslations(file)


@pytest.mark.parametrize("language", ["fr", "de"])
def test_every_sentence_is_translated_with_the_same_gaps(language: str) -> None:
    spoken = catalogue(language)
    assert len(sentences()) > 170
    for sentence in sentences():
        said = spoken.gettext(sentence)
        assert said != sentence or sentence == "Newsletter", sentence
        gaps = r"%\(\w+\)s|</?\w+"
        assert sorted(re.findall(gaps, said)) == sorted(re.findall(gaps, sentence)), sentence


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_word_stands_outside_the_catalogue(template: Path) -> None:
    left = _NOT_READ.sub(" ", template.read_text(encoding="utf-8"))
    assert re.findall(r"[^\W\d_]{2,}", left) == []


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


@pytest.fixture
def arabic(settings: Any, tmp_path: Path) -> None:
    """A language that is written from the right, as one file more."""
    add_language(
        tmp_path, "ar", {"Answer yes or no": "أجب بنعم أو لا", "Thank you. You are in.": "شكرا لك"}
    )
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "العربية")]
    settings.LOCALE_PATHS = [*settings.LOCALE_PATHS, tmp_path]


def test_a_language_from_the_right_is_one_file_and_turns_pages_and_mails(
    acme: Account, ana: Contact, arabic: None
) -> None:
    question = "هل ترغب في نشرتنا الإخبارية؟"
    with use_account(acme):
        form = standard_form(acme)
        said = Texts("سؤال", question, "أخبار من Acme Bikes", "نعم", "لا")
        save_version(form, {"ar": said})
        request = make_request(acme, ana, text_version=latest(form, "ar"))
        mail = compose(acme, [request])[0]
    assert '<html lang="ar" dir="rtl">' in mail.html
    assert "أجب بنعم أو لا" in mail.html
    url = answer_url(acme.pk, request.pk).removeprefix("http://testserver")
    page = Client().get(url).content.decode()
    assert '<html lang="ar" dir="rtl">' in page
    assert question in page
    assert 'href="?lang=fr"' in page
    thanks = Client().post(url, {"answer": "yes"}).content.decode()
    assert '<html lang="ar" dir="rtl">' in thanks
    assert "شكرا لك" in thanks
