"""A text version as the person sees it: the real mail and the real page, from our own frame."""

from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from consent.answering.people import contact_address
from consent.answering.responses import page, public_policy
from consent.asking.composing import day, mail_context, render_mail
from marketing.models import Account

KINDS: Final = ("page", "mail")
_WAIT: Final = timedelta(days=30)
_LIFE: Final = timedelta(days=365)


def preview(
    request: HttpRequest, account: Account, text: dict[str, Any], kind: str
) -> HttpResponse:
    """The frame's content. `text`: the words and their language; buttons do nothing in a frame."""
    address = request.user.email  # type: ignore[union-attr]
    response = (
        _mail(account, text, address) if kind == "mail" else _page(request, account, text, address)
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    return response


def _page(
    request: HttpRequest, account: Account, text: dict[str, Any], address: str
) -> HttpResponse:
    context = {
        "company": account.name,
        "contact_address": contact_address(account),
        "postal_address": account.postal_address,
        "language": text["language"],
        "address": address,
        "text": text,
        "ask_tracking": True,
    }
    response = page(request, "confirm", context)
    response["Content-Security-Policy"] = public_policy(frame=True)
    return response


def _mail(account: Account, text: dict[str, Any], address: str) -> HttpResponse:
    now = timezone.now()
    language = text["language"]
    context = mail_context(account, text, language=language) | {
        "address": address,
        "answer_url": "#",
        "leave_url": "#",
        "answer_by": day(now + _WAIT, account.time_zone, language=language),
        "works_until": day(now + _LIFE, account.time_zone, language=language),
    }
    response = HttpResponse(render_mail(context, language=language)[1])
    # A mail styles itself inline; nothing else may load.
    response["Content-Security-Policy"] = (
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
    )
    response["Cache-Control"] = "no-store"
    return response
