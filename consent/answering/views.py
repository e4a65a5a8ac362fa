"""The public pages. GET and HEAD change nothing; only a press of a button, a POST, does.

No cookie, login or script. The token in the URL is the authority, so there is no CSRF token.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from consent.answering import acts, showing
from consent.answering.people import (
    Person,
    account_of,
    asked_person,
    leaving_person,
    standing_of,
    witness_of,
)
from consent.answering.responses import no_such_link, page, plain
from marketing.tenancy import use_account

ONE_CLICK: Final = {"List-Unsubscribe": ["One-Click"]}
_METHODS: Final = ["GET", "HEAD", "OPTIONS", "POST"]

Found = Callable[[str], Person | None]
View = Callable[[HttpRequest, Person], HttpResponse]


def public(purpose: str, find: Found) -> Callable[[View], Callable[..., HttpResponse]]:
    """Open a public page for the person of its token; everything else is the one plain answer."""

    def decorate(view: View) -> Callable[..., HttpResponse]:
        @csrf_exempt
        @require_http_methods(_METHODS)
        @wraps(view)
        def opened(request: HttpRequest, token: str) -> HttpResponse:
            account_id = account_of(purpose, token)
            if account_id is None:
                return no_such_link(request)
            with use_account(account_id):
                person = find(token)
                if person is None:
                    return no_such_link(request)
                return view(request, person)

        return opened

    return decorate


@public("answer", asked_person)
def answer(request: HttpRequest, person: Person) -> HttpResponse:
    """May we write to you? Yes or no; once answered, what was answered."""
    asked = person.request
    if asked is None or acts.is_over(asked):
        return no_such_link(request)
    if request.method != "POST":
        return showing.answer_page(request, person)
    given = request.POST.get("answer")
    witness = witness_of(request.META, person.language)
    if given == "yes":
        acts.agree(person, witness, tracking="tracking" in request.POST)
    elif given == "no":
        acts.refuse(person, witness)
    else:
        return showing.answer_page(request, person, status=400)
    return showing.answer_page(request, person)


@public("leave", lambda token: leaving_person(token, of_request=False))
def leave(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop the newsletter: the button of the page, or one click in the mail program (RFC 8058)."""
    return _leave(request, person, act="footer_link")


@public("leave", lambda token: leaving_person(token, of_request=True))
def request_leave(request: HttpRequest, person: Person) -> HttpResponse:
    """Never write to me again, from a consent request; the same two ways."""
    return _leave(request, person, act="request_link")


@public("leave", lambda token: leaving_person(token, of_request=None))
def choices(request: HttpRequest, person: Person) -> HttpResponse:
    """Your choices, opened from a mail: only switching off, and no data (mails get forwarded)."""
    if request.method != "POST":
        return page(request, "preferences", showing.choices(person, standing_of(person)))
    stop = request.POST.get("stop")
    witness = witness_of(request.META, person.language)
    if stop == "newsletter":
        acts.leave(person, witness, act="preferences")
    elif stop == "tracking":
        acts.stop_tracking(person, witness)
    else:
        return page(
            request, "preferences", showing.choices(person, standing_of(person)), status=400
        )
    context = showing.choices(person, standing_of(person), stopped=stop)
    return page(request, "preferences", context)


def _leave(request: HttpRequest, person: Person, *, act: str) -> HttpResponse:
    if request.method != "POST":
        return page(request, "unsubscribe", showing.leaving(person))
    witness = witness_of(request.META, person.language)
    body: dict[str, Any] = dict(request.POST.lists())
    if body == ONE_CLICK and not request.FILES:
        acts.leave(person, witness, act="one_click")
        return plain("You are unsubscribed.\n")
    if body != {"leave": ["1"]}:
        return page(request, "unsubscribe", showing.leaving(person), status=400)
    acts.leave(person, witness, act=act)
    return page(request, "unsubscribed", showing.leaving(person))
