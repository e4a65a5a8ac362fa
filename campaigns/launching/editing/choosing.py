"""What the chooser of the consent form shows: the forms, and one of them as people see it."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db import connection
from django.http import QueryDict
from django.urls import reverse

from campaigns.launching.audience import counted, question_of, segment_ids
from campaigns.launching.progress import people
from campaigns.models import Campaign
from consent import gate
from consent.forms.reading import FormLine, form_lines
from consent.forms.texts import language_name
from consent.forms.versions import newest_texts
from consent.models import TextVersion
from marketing.models import Account
from marketing.rules.countries import MAIN_LANGUAGES

KINDS: Final = (("mail", "Mail"), ("page", "Page"))
_OTHERS: Final = """
SELECT coalesce(sum(v.people), 0)::bigint FROM {counts} v WHERE v.verdict = %(ask)s"""


@dataclass(frozen=True, slots=True)
class Choice:
    """A form that a campaign may use; `said` tells its version and how people answered it."""

    form_id: int
    name: str
    said: str
    url: str
    is_chosen: bool


def chooser(
    campaign: Campaign, account: Account, line: FormLine, query: QueryDict
) -> dict[str, Any]:
    """The context: `line` is the form that is looked at; `as` and `language` say how."""
    kind = "mail" if query.get("as") == "mail" else "page"
    texts = newest_texts(line.form)
    text = next((text for text in texts if text.language == query.get("language")), texts[0])
    return {
        "campaign": campaign,
        "chosen": line.form,
        "choices": [
            Choice(
                form_id=each.form.pk,
                name=each.form.name,
                said=_said(each, campaign),
                url=_url(campaign, each.form.pk, kind=kind),
                is_chosen=each.form.pk == line.form.pk,
            )
            for each in form_lines(account)
        ],
        "kinds": [
            (name, _url(campaign, line.form.pk, kind=code, language=text.language), code == kind)
            for code, name in KINDS
        ],
        "languages": [
            (each.language, language_name(each.language),
             _url(campaign, line.form.pk, kind=kind, language=each.language), each.pk == text.pk)
            for each in texts
        ],
        "text": text,
        "mail_url": _mail_url(text) if kind == "mail" else "",
        "others": _others(campaign, texts),
    }  # fmt: skip


def _said(line: FormLine, campaign: Campaign) -> str:
    parts = [
        "Standard." if line.form.is_standard else "Own.",
        f"Version {line.number}.",
        f"{line.rate} of {line.asked:,} people agreed." if line.rate else "",
        "In use here." if line.form.pk == campaign.consent_form_id else "",
    ]
    return " ".join(part for part in parts if part)


def _url(campaign: Campaign, form_id: int, *, kind: str, language: str = "") -> str:
    """Whole, as a dialog stands on another page."""
    query = {"form": form_id, "as": kind} | ({"language": language} if language else {})
    url = reverse("campaigns:choose_form", args=[campaign.account_id, campaign.pk])
    return f"{url}?{urlencode(query)}"


def _mail_url(text: TextVersion) -> str:
    url = reverse("consent:form_preview", args=[text.account_id, "mail"])
    return f"{url}?{urlencode({'text': text.pk})}"


def _others(campaign: Campaign, texts: list[TextVersion]) -> str:
    """ "212 of 530 people read another language": those who would be asked with this form."""
    if not segment_ids(campaign)[0]:
        return ""
    languages = [text.language.split("-")[0] for text in texts]
    asked = _asked(campaign, "true", languages)
    others = _asked(
        campaign,
        "c.language <> '' AND split_part(c.language, '-', 1) <> ALL(%(languages)s)",
        languages,
    )
    if not others:
        return ""
    read = "reads" if others == 1 else "read"
    last = language_name(_last_resort(campaign, texts).language)
    asked_in = (
        f"in the language of their country, else in {last}" if len(texts) > 1 else f"in {last}"
    )
    return f"{others:,} of {people(asked)} {read} another language. They are asked {asked_in}."


def _last_resort(campaign: Campaign, texts: list[TextVersion]) -> TextVersion:
    """The text for whom neither language nor country decides, as consent.asking.requests takes."""
    home = MAIN_LANGUAGES.get(campaign.account.country)
    return next((text for text in texts if text.language == home), texts[0])


def _asked(campaign: Campaign, condition: str, languages: list[str]) -> int:
    parameters = question_of(campaign).params() | {"ask": gate.ASK, "languages": languages}
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS.format(counts=counted(campaign, condition=condition)), parameters)
        return int(cursor.fetchone()[0])
