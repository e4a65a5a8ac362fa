"""What the editor of consent forms shows and saves: one language of one form at a time."""

from dataclasses import asdict
from typing import Any

from django.http import Http404, QueryDict

from consent.forms.forms import TextsForm
from consent.forms.lengths import lengths
from consent.forms.naming import named
from consent.forms.texts import FIELDS, LANGUAGE_NAMES, Texts, language_name
from consent.forms.versions import (
    newest_texts,
    save_version,
    standard_form,
    texts_of,
    versions,
)
from consent.models import ConsentForm, ConsentRequest, TextVersion
from marketing.accounts import auditing
from marketing.models import Account, Member
from marketing.queries import number_in


def form_of(account: Account, form_id: int) -> ConsentForm:
    """The form, or 404."""
    found: ConsentForm = ConsentForm.objects.for_account(account).get_or_404(pk=form_id)
    return found


def language_of(wanted: str, newest: list[TextVersion]) -> str:
    """The language to edit: the wanted one where we know it, else the form's first."""
    known = {text.language for text in newest} | set(LANGUAGE_NAMES)
    return wanted if wanted in known else newest[0].language


def typed(account: Account, data: Any, *, form_id: int | None) -> TextsForm:
    """The form as somebody typed it."""
    return TextsForm(data, account=account, form_id=form_id)


def unbound(account: Account, name: str, texts: Texts, *, form_id: int | None) -> TextsForm:
    """The form filled with words that are there."""
    initial = asdict(texts) | {"name": name, "asks_tracking": bool(texts.tracking_question)}
    return TextsForm(initial=initial, account=account, form_id=form_id)


def typed_fields(data: QueryDict) -> dict[str, str]:
    """What stands in the editor's fields, to be carried over a page between."""
    return {name: str(data[name]) for name in TextsForm.base_fields if data.get(name)}


def brought_back(account: Account, data: QueryDict, *, form_id: int | None) -> TextsForm:
    """The form as it was left for a page between; nothing is wrong or kept yet."""
    return TextsForm(initial=typed_fields(data), account=account, form_id=form_id)


def words_for(newest: list[TextVersion], language: str) -> Texts:
    """The words of this language; for a new language those of the first one, to translate."""
    by_language = {text.language: text for text in newest}
    return texts_of(by_language.get(language, newest[0]))


def start_text(account: Account, copied: str) -> tuple[str, TextVersion]:
    """Name and words a new form starts from: those of a form to copy, or the standard."""
    form_id = number_in(copied)
    form = form_of(account, form_id) if form_id else standard_form(account)
    newest = newest_texts(form)
    if not newest:
        raise Http404
    return f"Copy of {form.name}" if copied else "", newest[0]


def create(form: TextsForm, *, by: Member, language: str, copied: str) -> ConsentForm:
    """Store a new form with version 1; the other languages of a copied form come along."""
    account = by.account
    made: ConsentForm = ConsentForm.objects.create(account=account, name=form.cleaned_data["name"])
    texts = {}
    if form_id := number_in(copied):
        held = newest_texts(form_of(account, form_id))
        texts = {text.language: texts_of(text) for text in held}
    save_version(made, texts | {language: form.texts()})
    auditing.record(account, by=by, act="form.made", subject=made.name, after="Version 1")
    return made


def change(consent_form: ConsentForm, form: TextsForm, *, by: Member, language: str) -> bool:
    """Keep the typed words as a new version; False when only the name changed, or nothing."""
    newest = newest_texts(consent_form)
    ConsentForm.objects.for_account(by.account).filter(pk=consent_form.pk).update(
        name=form.cleaned_data["name"]
    )
    texts = {text.language: texts_of(text) for text in newest}
    saved = save_version(consent_form, texts | {language: form.texts()})
    if saved:
        number = newest[0].number
        auditing.record(
            by.account,
            by=by,
            act="form.changed",
            subject=form.cleaned_data["name"],
            before=f"Version {number}",
            after=f"Version {number + 1}",
        )
    return saved


def typed_words(form: TextsForm) -> dict[str, str]:
    """Field -> what stands in it, typed or stored."""
    return {name: str(form[name].value() or "") for name in FIELDS}


def looked_at(account: Account, language: str, words: dict[str, str]) -> dict[str, Any]:
    """Whether the words name sender, purpose, frequency and the way out, and how long they are."""
    return {"named": named(account.name, language, words), "lengths": lengths(words)}


def editor(consent_form: ConsentForm, *, language: str) -> dict[str, Any]:
    """Context around the fields: languages, versions, how many people saw the newest."""
    every = versions(consent_form)
    newest = [text for text in every if text.number == every[0].number]
    here = {text.language for text in newest}
    seen = ConsentRequest.objects.for_account(consent_form.account_id).filter(
        text_version__in=newest, asked_at__isnull=False
    )
    return {
        "consent_form": consent_form,
        "language": language,
        "language_name": language_name(language),
        "is_new_language": language not in here,
        "languages": [(code, language_name(code)) for code in sorted(here)],
        "more_languages": [item for item in LANGUAGE_NAMES.items() if item[0] not in here],
        "number": newest[0].number,
        "next_number": newest[0].number + 1,
        "seen": seen.count(),
        "shown_text": next((t for t in newest if t.language == language), newest[0]),
        "versions": every,
    }
