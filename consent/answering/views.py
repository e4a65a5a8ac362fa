"""The public pages of links in mails: answer, leave, your choices. Only a press changes anything.

GET and HEAD change nothing. What a forwarded mail may not do waits behind a fresh link
(views_fresh).
"""

from typing import Any, Final

from django.http import HttpRequest, HttpResponse

from consent.answering import acts, links, showing
from consent.answering.opening import public, witness
from consent.answering.people import Person, Witness, standing_of, who_may_stop, who_was_asked
from consent.answering.responses import no_such_link, page, plain
from consent.answering.words import LINK_MAILED, STOPPED
from marketing.tasks import hand_over_mail

ONE_CLICK: Final = {"List-Unsubscribe": ["One-Click"]}


@public("answer", who_was_asked)
def answer(request: HttpRequest, person: Person) -> HttpResponse:
    """May we write to you? Yes or no; once answered, what was answered."""
    asked = person.request
    if asked is None or acts.is_over(asked):
        return no_such_link(request)
    if request.method != "POST":
        return showing.answer_page(request, person)
    given = request.POST.get("answer")
    seen = witness(request, person, shown=showing.question_shown(person))
    if given == "yes":
        acts.agree(person, seen, tracking="tracking" in request.POST)
    elif given == "no":
        acts.refuse(person, seen)
    else:
        return showing.answer_page(request, person, status=400)
    return showing.answer_page(request, person)


@public("leave", lambda claims: who_may_stop(claims, of_request=False))
def leave(request: HttpRequest, person: Person) -> HttpResponse:
    """Stop the newsletter: the button of the page, or one click in the mail program (RFC 8058)."""
    return _leave(request, person, act="footer_link")


@public("leave", lambda claims: who_may_stop(claims, of_request=True), like=(0, 1))
def request_leave(request: HttpRequest, person: Person) -> HttpResponse:
    """Never write to me again, from a consent request; the same two ways."""
    return _leave(request, person, act="request_link")


@public("leave", lambda claims: who_may_stop(claims, of_request=None))
def choices(request: HttpRequest, person: Person) -> HttpResponse:
    """Your choices, opened from a mail: only switching off, and no data (mails get forwarded)."""
    stop, mail = request.POST.get("stop"), request.POST.get("mail_link")
    known = request.method != "POST" or mail == "1" or stop in STOPPED
    done = ""
    if stop == "newsletter":
        acts.leave(person, _on_choices(request, person), act="preferences")
        done = STOPPED[stop]
    elif stop == "tracking":
        acts.stop_tracking(person, _on_choices(request, person))
        done = STOPPED[stop]
    elif mail == "1":
        _mail_link(person, links.Kind.CHOICES)
        done = LINK_MAILED
    context = showing.choices(person, standing_of(person), done=done)
    return page(request, "preferences", context, status=200 if known else 400)


def _leave(request: HttpRequest, person: Person, *, act: str) -> HttpResponse:
    if request.method != "POST":
        return page(request, "unsubscribe", showing.stopping(person))
    body: dict[str, Any] = dict(request.POST.lists())
    if body == ONE_CLICK and not request.FILES:
        acts.leave(person, witness(request, person), act="one_click")
        return plain("You are unsubscribed.\n")
    if body == {"come_back": ["1"]}:
        _mail_link(person, links.Kind.COME_BACK)
        return page(request, "unsubscribed", showing.left(person, mailed=True))
    if body != {"leave": ["1"]}:
        return page(request, "unsubscribe", showing.stopping(person), status=400)
    seen = witness(request, person, shown=showing.stopping_shown(person))
    acts.leave(person, seen, act=act)
    return page(request, "unsubscribed", showing.left(person))


def _on_choices(request: HttpRequest, person: Person) -> Witness:
    return witness(request, person, shown=showing.choices_shown(person))


def _mail_link(person: Person, kind: str) -> None:
    mail = links.mail_with_link(person, kind, standing_of(person))
    if mail:
        hand_over_mail(**mail)
