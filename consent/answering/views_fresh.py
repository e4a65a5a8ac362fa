"""The pages of a fresh link, mailed to the address itself: all choices, data, coming back."""

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

from consent.answering import acts, fresh, showing
from consent.answering.opening import public, witness
from consent.answering.people import Person, Witness, standing_of, who_asked_for_a_link
from consent.answering.responses import no_such_link, page, secured
from consent.answering.words import MEASURED_ERASED, STARTED, STOPPED
from consent.erasing import erasing, handing_out
from consent.models import FreshLink
from marketing.tasks import hand_over_mail

_PURPOSES: Final = ("newsletter", "tracking")


@public("choices", lambda claims: who_asked_for_a_link(claims, FreshLink.Kind.CHOICES))
def all_choices(request: HttpRequest, person: Person) -> HttpResponse:
    """Your choices with everything: switch on and off, see, download, erase."""
    person = fresh.with_words(person)
    if request.method != "POST":
        return _look(request, person)
    for name, act in _ACTS.items():
        if name in request.POST:
            answer = act(request, person, request.POST[name])
            if answer is not None:
                return answer
    return page(request, "preferences", fresh.all_choices(person), status=400)


@public("come_back", lambda claims: who_asked_for_a_link(claims, FreshLink.Kind.COME_BACK))
def come_back(request: HttpRequest, person: Person) -> HttpResponse:
    """Start the newsletter again: the one button of the mail to come back."""
    person = fresh.with_words(person)
    if request.method != "POST":
        return page(request, "start", fresh.start_page(person, "newsletter"))
    if dict(request.POST.lists()) != {"start": ["newsletter"]}:
        return page(request, "start", fresh.start_page(person, "newsletter"), status=400)
    acts.start(person, _seen(request, person, "newsletter"), act="come_back")
    return page(request, "thanks", showing.thanks(person, standing_of(person)))


@public("choices", lambda claims: who_asked_for_a_link(claims, FreshLink.Kind.CHOICES))
def text_seen(request: HttpRequest, person: Person, seq: int) -> HttpResponse:
    """Read the text you saw: the very page or mail; its buttons do nothing here."""
    html = fresh.text_seen(person, seq)
    if html is None:
        return no_such_link(request)
    response = secured(HttpResponse(html))
    # A mail styles itself inline, a page has our icon; nothing else may load or be pressed.
    response["Content-Security-Policy"] = (
        "sandbox; default-src 'none'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        "img-src 'self'"
    )
    return response


def _look(request: HttpRequest, person: Person) -> HttpResponse:
    start = request.GET.get("start")
    if start in _PURPOSES and person.text is not None:
        return page(request, "start", fresh.start_page(person, start))
    if request.GET.get("erase") == "all":
        return page(request, "erase", fresh.all_choices(person))
    return page(request, "preferences", fresh.all_choices(person))


def _stop(request: HttpRequest, person: Person, purpose: str) -> HttpResponse | None:
    if purpose == "newsletter":
        acts.leave(person, witness(request, person), act="preferences")
    elif purpose == "tracking":
        acts.stop_tracking(person, witness(request, person))
    else:
        return None
    return page(request, "preferences", fresh.all_choices(person, done=STOPPED[purpose]))


def _start(request: HttpRequest, person: Person, purpose: str) -> HttpResponse | None:
    if purpose not in _PURPOSES or person.text is None:
        return None
    seen = _seen(request, person, purpose)
    if purpose == "newsletter":
        acts.start(person, seen, act="preferences")
    else:
        acts.allow_tracking(person, seen)
    return page(request, "preferences", fresh.all_choices(person, done=STARTED[purpose]))


def _do(request: HttpRequest, person: Person, what: str) -> HttpResponse | None:
    if what == "download":
        data = handing_out.data_zip(person.account, person.address_hash, language=person.language)
        answer = secured(HttpResponse(data, content_type="application/zip"))
        answer["Content-Disposition"] = 'attachment; filename="your-data.zip"'
        return answer
    if what == "erase":
        entry = acts.stop_entry(person, witness(request, person))
        erasing.erase_measured(person.account, person.address_hash, entry)
        return page(request, "preferences", fresh.all_choices(person, done=MEASURED_ERASED))
    return _erase_all(request, person) if what == "erase_all" else None


def _erase_all(request: HttpRequest, person: Person) -> HttpResponse:
    frame = showing.frame(person)
    receipt = erasing.erase(person.account, person.address_hash, language=person.language)
    if receipt is not None:
        hand_over_mail(**receipt.mail())
    when = showing.moment(person, standing_of(person).erased_at or person.account.created_at)
    return page(request, "erased", frame | {"when": when})


def _seen(request: HttpRequest, person: Person, purpose: str) -> Witness:
    return witness(request, person, shown=fresh.start_shown(person, purpose))


_ACTS: Final[dict[str, Callable[[HttpRequest, Person, str], HttpResponse | None]]] = {
    "stop": _stop,
    "start": _start,
    "do": _do,
}
