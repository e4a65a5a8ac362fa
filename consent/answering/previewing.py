"""A text version as the person sees it: the real mail and the real page, from our own frame."""

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from consent.answering.acts import WITH_BOX
from consent.answering.responses import page, public_policy
from consent.answering.showing import company
from consent.asking.composing import render_mail
from consent.asking.trying import SAMPLE_ANSWER, SAMPLE_LEAVE, sample_context
from consent.ledger.chain import facts_of
from consent.models import ConsentPrivate, ConsentRecord
from marketing.models import Account

KINDS: Final = ("page", "mail")
_LEADS: Final = (
    (SAMPLE_ANSWER, "In the mail: to this person’s own page to answer."),
    (SAMPLE_LEAVE, "In the mail: to the page that stops all mail to this person."),
)


@dataclass(frozen=True)
class Shown:
    """What is previewed: the words with their language, for which address, with the box or not."""

    words: dict[str, Any]
    address: str
    box: bool = True


def shown_in(record: ConsentRecord, words: dict[str, Any]) -> Shown:
    """What the person of a record saw, as far as the record says."""
    address = ConsentPrivate.objects.for_account(record.account_id).filter(
        seq=record.seq, kind=ConsentPrivate.Kind.ADDRESS
    )
    box = record.purpose == "tracking" or facts_of(record.body).get("detail") == WITH_BOX
    return Shown(words, address.values_list("value", flat=True).first() or "…", box)


def preview(request: HttpRequest, account: Account, shown: Shown, kind: str) -> HttpResponse:
    """The frame's content; its buttons do nothing, the frame is sandboxed."""
    response = _mail(account, shown) if kind == "mail" else _page(request, account, shown)
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _page(request: HttpRequest, account: Account, shown: Shown) -> HttpResponse:
    context = company(account, None) | {
        "languages": [],  # the frame is sandboxed
        "language": shown.words["language"],
        "address": shown.address,
        "text": shown.words,
        "ask_tracking": shown.box,
    }
    response = page(request, "confirm", context)
    response["Content-Security-Policy"] = public_policy(frame=True)
    return response


def _mail(account: Account, shown: Shown) -> HttpResponse:
    context = sample_context(account, shown.words, address=shown.address)
    response = HttpResponse(_inert(render_mail(context, language=context["language"])[1]))
    # A mail styles itself inline; nothing else may load.
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response["Cache-Control"] = "no-store"
    return response


def _inert(html: str) -> str:
    """Links that say where they lead in the mail, and lead nowhere here."""
    for url, leads in _LEADS:
        shown = f'role="link" aria-disabled="true" title="{leads} This is a preview."'
        html = html.replace(f'href="{url}"', shown)
    return html
