"""What the public pages show: which page an asked person sees, and each page's context."""

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext

from consent.answering import acts, delivery, words
from consent.answering.people import Person, standing_of, track_class_of
from consent.answering.responses import page, rendered
from consent.asking.speaking import minute, spoken
from consent.ledger.shown import gap
from marketing.models import Account, Standing
from marketing.signing import choices_url


def company(account: Account, campaign_id: int | None) -> dict[str, Any]:
    """Who asks: the first thing on every page, with the sender of the mail that led here."""
    sender = delivery.sender_of(account.pk, campaign_id)
    return {
        "company": account.name,
        "sender_name": sender.name if sender.name != account.name else "",
        "contact_address": sender.address,
        "postal_address": account.postal_address,
    }


def frame(person: Person) -> dict[str, Any]:
    """What the context of every page of a person begins with; no address."""
    return company(person.account, person.campaign_id) | {"language": person.language}


def answer_page(request: HttpRequest, person: Person, *, status: int = 200) -> HttpResponse:
    """The question; or, once it is answered, what the person said last."""
    asked = person.request
    if asked is not None and asked.state in acts.UNANSWERED:
        return page(request, "confirm", question(person), status=status)
    standing = standing_of(person)
    if standing.newsletter == "agreed":
        return page(request, "thanks", thanks(person, standing), status=status)
    name = "refused" if standing.newsletter == "refused" else "unsubscribed"
    never = asked is not None and asked.state == asked.State.LEFT
    context = leaving(person) | {"of_request": never}
    if name == "refused":  # whoever pressed Yes in another tab sees when the No was kept
        context["newsletter_text"] = since(person, words.NO_SINCE, standing.newsletter_at)
    return page(request, name, context, status=status)


def question(person: Person) -> dict[str, Any]:
    """Context of the question, in the words of the version the mail was made of."""
    return frame(person) | {
        "address": person.address,
        "text": person.text,
        "ask_tracking": acts.asks_tracking(person),
    }


def question_shown(person: Person) -> str:
    """The question's page as it is kept: the same bytes, with a gap for the address."""
    return rendered("confirm", question(person) | {"address": gap("address")})


def thanks(person: Person, standing: Standing) -> dict[str, Any]:
    """Context after a yes: both answers spelled out, and what is true about the newsletter now."""
    late = _came_late(person)
    yes = "yes" if standing.tracking == "yes" else "no"
    return frame(person) | {
        "address": person.address,
        "delivery": delivery.delivery_of(person, standing, late=late),
        "newsletter_text": since(person, words.YES_SINCE, standing.newsletter_at),
        "tracking": yes if standing.tracking else None,
        "tracking_text": since(
            person, words.YES_SINCE if yes == "yes" else words.NO, standing.tracking_at
        ),
        "choices_url": own_choices_url(person),
    }


def leaving(person: Person) -> dict[str, Any]:
    """Context of the pages about stopping: no address, the mail may have been forwarded."""
    return frame(person) | {
        "choices_url": own_choices_url(person),
        "of_request": person.request is not None,
    }


def stopping(person: Person) -> dict[str, Any]:
    """Context of the button that stops the newsletter; who is measured may stop only that."""
    return leaving(person) | {"measured": is_measured(person, standing_of(person))}


def stopping_shown(person: Person) -> str:
    """The page with that button as it is kept: a gap for the person's own link."""
    return rendered("unsubscribe", stopping(person) | {"choices_url": gap("choices_url")})


def left(person: Person, *, mailed: bool = False) -> dict[str, Any]:
    """Context after leaving; `mailed`: the mail to come back was just asked for."""
    return leaving(person) | {"may_come_back": not mailed, "mailed": mailed}


def choices(person: Person, standing: Standing, *, done: str = "") -> dict[str, Any]:
    """Context of "Your choices" opened from a mail: what is on, without dates or address."""
    return frame(person) | {
        "newsletter": newsletter_state(person, standing),
        "tracking": is_measured(person, standing),
        "done": said(person, done),
        "may_mail_link": True,
    }


def choices_shown(person: Person) -> str:
    """The same page as it is kept: nothing on it is a person's own."""
    return rendered("preferences", choices(person, standing_of(person)))


def newsletter_state(person: Person, standing: Standing) -> str:
    """on, off, or open: asked, and not answered yet."""
    if standing.newsletter in acts.GONE or standing.suppressed:
        return "off"
    asked = person.request
    if standing.newsletter != "agreed" and asked is not None:
        return "open" if asked.state in acts.UNANSWERED else "off"
    return "on"


def is_measured(person: Person, standing: Standing) -> bool:
    """Whether opens and clicks of this person may be recorded by the account now."""
    if not person.account.tracking or standing.tracking == "no":
        return False
    return standing.tracking == "yes" or track_class_of(person) == "N"


def said(person: Person, sentence: str) -> str:
    """One of our sentences in the person's language; "" for none."""
    with translation.override(spoken(person.language)):
        return gettext(sentence) if sentence else ""


def since(person: Person, sentence: str, at: datetime | None) -> str:
    """A sentence with the moment in the person's own time; "" where there is none."""
    if at is None:
        return ""
    with translation.override(spoken(person.language)):
        return gettext(sentence) % {"when": moment(person, at)}


def moment(person: Person, at: datetime) -> str:
    """Day and minute in the person's own time and language."""
    return minute(at, person.zone, language=person.language)


def own_choices_url(person: Person) -> str:
    """Of the request, or of the campaign mail, whichever link the person came by."""
    if person.request is not None:
        return choices_url(person.account.pk, 0, person.request.pk)
    return choices_url(person.account.pk, person.campaign_id or 0, person.contact_id or 0)


def _came_late(person: Person) -> bool:
    asked = person.request
    if asked is None or asked.wait_until is None or asked.answered_at is None:
        return False
    return asked.answered_at > asked.wait_until
