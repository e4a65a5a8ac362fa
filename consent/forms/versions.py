"""Consent forms and their immutable versions: make, change, find.

A version is a number and one text per language. What was shown stays readable for ever: nothing
here changes or deletes a text, and the database refuses it.
"""

from collections.abc import Mapping
from typing import Any, Final

from django.db.models import Max, Q, QuerySet

from consent.forms.texts import FIELDS, Texts, fingerprint, standard_texts
from consent.models import ConsentForm, TextVersion
from marketing.models import Account
from marketing.tenancy import use_account

STANDARD_NAME: Final = "Standard consent form"


def standard_form(account: Any) -> ConsentForm:
    """The account's standard form (account or id): made when first asked for.

    It gets a new version when the company was renamed or our own wording changed.
    """
    found = account if isinstance(account, Account) else Account.objects.get(pk=account)
    with use_account(found):
        form, _ = ConsentForm.objects.get_or_create(
            account=found, is_standard=True, defaults={"name": STANDARD_NAME}
        )
        save_version(form, standard_texts(found.name))
    return form


def forms_to_choose(account: Any) -> QuerySet[ConsentForm]:
    """Forms a campaign may use, standard first; the standard one must have been made."""
    forms: QuerySet[ConsentForm] = ConsentForm.objects.for_account(account)
    return forms.filter(put_away_at=None).order_by("-is_standard", "id")


def versions(form: ConsentForm) -> list[TextVersion]:
    """Every text of the form, newest version first, its first language first."""
    texts = TextVersion.objects.for_account(form.account_id).filter(form_id=form.pk)
    return list(texts.order_by("-number", "id"))


def newest_texts(form: ConsentForm) -> list[TextVersion]:
    """The texts of the newest version, its first language first; empty before the first."""
    texts = TextVersion.objects.for_account(form.account_id).filter(form_id=form.pk)
    newest = texts.aggregate(number=Max("number"))["number"]
    return list(texts.filter(number=newest).order_by("id"))


def latest(form: ConsentForm, language: str) -> TextVersion:
    """The newest text in this language ("fr" also serves "fr-CA"), else in the first one."""
    texts = newest_texts(form)
    by_language = {text.language: text for text in texts}
    for wanted in (language, language.split("-")[0]):
        if wanted in by_language:
            return by_language[wanted]
    return texts[0]


def same_in(text: TextVersion, language: str) -> TextVersion:
    """The text of the same form and version in another language, or the text itself."""
    if text.language.split("-")[0] == language.split("-")[0]:
        return text
    siblings = TextVersion.objects.for_account(text.account_id).filter(
        form_id=text.form_id, number=text.number, language=language
    )
    found: TextVersion | None = siblings.first()
    return found or text


def save_version(form: ConsentForm, texts_by_language: Mapping[str, Texts]) -> bool:
    """Keep these texts as a new version; False, and nothing made, when they are as they were."""
    with use_account(form.account_id):
        held = {text.language: text.hash for text in newest_texts(form)}
        hashes = {lang: fingerprint(lang, texts) for lang, texts in texts_by_language.items()}
        if held == hashes:
            return False
        # Two people saving at once make two versions, one after the other.
        ConsentForm.objects.for_account(form.account_id).select_for_update().get(pk=form.pk)
        last = TextVersion.objects.for_account(form.account_id).filter(form_id=form.pk)
        number = (last.aggregate(number=Max("number"))["number"] or 0) + 1
        TextVersion.objects.bulk_create(
            TextVersion(
                account_id=form.account_id,
                form=form,
                number=number,
                language=language,
                hash=hashes[language],
                **{name: getattr(texts, name) for name in FIELDS},
            )
            for language, texts in texts_by_language.items()
        )
        return True


def texts_of(version: TextVersion) -> Texts:
    """The words of a stored version."""
    return Texts(**{name: getattr(version, name) for name in FIELDS})


def is_name_taken(account: Any, name: str, *, besides: int | None = None) -> bool:
    """Whether another form of the account, not put away, bears this name."""
    same: QuerySet[ConsentForm] = ConsentForm.objects.for_account(account).filter(
        Q(put_away_at=None), name=name
    )
    return same.exclude(pk=besides or 0).exists()
