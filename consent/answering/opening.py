"""The door of every public page: token, person, language, limits, and a plain answer otherwise.

No cookie, login or script. The token in the URL is the authority, so there is no CSRF token.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.answering import limiting
from consent.answering.people import Person, Witness, speaking, witness_of
from consent.answering.responses import no_such_link, unavailable
from consent.asking.speaking import spoken
from marketing.signing import tokens
from marketing.tenancy import use_account
from marketing.tokens import Claims

METHODS: Final = ["GET", "HEAD", "OPTIONS", "POST"]

Found = Callable[[Claims], Person | None]
View = Callable[..., HttpResponse]


def public(
    purpose: str, find: Found, *, like: tuple[int, int] = (1, 1)
) -> Callable[[View], Callable[..., HttpResponse]]:
    """Open a public page for the person of its token; everything else is the one plain answer.

    A wrong token costs the same look into the database as one whose person is unknown, so that
    the time of the answer tells nothing: `like` are the numbers of such a token.
    """

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(METHODS)
        @wraps(view)
        def opened(request: HttpRequest, token: str, **captured: Any) -> HttpResponse:
            try:
                claims = tokens.read(purpose, token) or Claims(purpose, 0, *like)
                with use_account(claims.account):
                    person = find(claims)
                    if person is not None:
                        return view(request, _reading(request, person), **captured)
            except (OperationalError, InterfaceError):
                return unavailable(request)
            return _wrong(request)

        return opened

    return decorate


def witness(request: HttpRequest, person: Person, *, shown: str = "") -> Witness:
    """The circumstances of this POST."""
    return replace(witness_of(request.META, person.language), shown=shown)


def _reading(request: HttpRequest, person: Person) -> Person:
    """In the language chosen in the footer, else the person's own, else the browser's.

    The question is read in the browser's where it is written in it, else as it was mailed.
    """
    wanted = request.GET.get("lang", "")
    if wanted in dict(settings.LANGUAGES):
        return speaking(person, wanted)
    browsers = spoken(translation.get_language_from_request(request))
    if not person.language:
        return replace(person, language=browsers)
    if person.guessed and request.headers.get("Accept-Language"):
        read = speaking(person, browsers)
        if read.text is not None and read.text.language.split("-")[0] == browsers:
            return read
    return person


def _wrong(request: HttpRequest) -> HttpResponse:
    limited = limiting.failed(request.META.get("REMOTE_ADDR", ""))
    return no_such_link(request, status=429 if limited else 404)
