"""What the public pages show: which page an asked person sees, and each page's context."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext

from consent.answering import acts
from consent.answering.people import Person, contact_address, standing_of, track_class_of
from consent.answering.responses import page
from consent.asking.composing import spoken
from marketing.models import Account, Standing
from marketing.signing import choices_url


def company(account: Account) -> dict[str, Any]:
    """Who asks: the first thing on every page."""
    return {
        "company": account.name,
        "contact_address": contact_address(account),
        "postal_address": account.postal_address,
    }


def answer_page(request: HttpRequest, person: Person, *, status: int = 200) -> HttpResponse:
    """The question; or, once it is answered, what the person said last."""
    asked = person.request
    if asked is not None and asked.state in acts.UNANSWERED:
        return page(request, "confirm", question(person), status=status)
    standing = standing_of(person)
    if standing.newsletter == "agreed":
        return page(request, "thanks", thanks(person, standing), status=status)
    name = "refused" if standing.newsletter == "refused" else "unsubscribed"
    return page(request, name, leaving(person), status=status)


def question(person: Person) -> dict[str, Any]:
    """Context of the question, from the very text version the mail was made of."""
    text = person.request.text_version if person.request else None
    return company(person.account) | {
        "language": person.language,
        "address": person.address,
        "text": text,
        "ask_tracking": acts.asks_tracking(person),
    }


def thanks(person: Person, standing: Standing) -> dict[str, Any]:
    """Context after a yes: both answers spelled out."""
    asked = person.request
    late = asked is not None and asked.wait_until is not None and _came_late(person)
    yes = "yes" if standing.tracking == "yes" else "no"
    return company(person.account) | {
        "language": person.language,
        "address": person.address,
        "late": late,
        "newsletter_text": _since(person, "Yes, since %(when)s", standing.newsletter_at),
        "tracking": yes if standing.tracking else None,
        "tracking_text": _since(
            person, "Yes, since %(when)s" if yes == "yes" else "No", standing.tracking_at
        ),
        "choices_url": _choices_url(person),
    }


def leaving(person: Person) -> dict[str, Any]:
    """Context of the pages about stopping: no address, the mail may have been forwarded."""
    return company(person.account) | {
        "language": person.language,
        "choices_url": _choices_url(person),
    }


def choices(person: Person, standing: Standing, *, stopped: str = "") -> dict[str, Any]:
    """Context of "Your choices" opened from a mail: what is on, without dates or address."""
    done = {
        "newsletter": "Stopped. No more newsletters from us.",
        "tracking": "Stopped. Nothing more is recorded, also for mails you already have.",
    }
    with translation.override(spoken(person.language)):
        message = gettext(done[stopped]) if stopped else ""
    return company(person.account) | {
        "language": person.language,
        "newsletter": standing.newsletter not in acts.GONE,
        "tracking": _is_measured(person, standing),
        "done": message,
    }


def _is_measured(person: Person, standing: Standing) -> bool:
    if not person.account.tracking or standing.tracking == "no":
        return False
    return standing.tracking == "yes" or track_class_of(person) == "N"


def _came_late(person: Person) -> bool:
    asked = person.request
    if asked is None or asked.wait_until is None or asked.answered_at is None:
        return False
    return asked.answered_at > asked.wait_until


def _since(person: Person, sentence: str, at: datetime | None) -> str:
    if at is None:
        return ""
    with translation.override(spoken(person.language)):
        when = date_format(at.astimezone(ZoneInfo(person.zone)), "j M Y, H:i")
        return gettext(sentence) % {"when": when}


def _choices_url(person: Person) -> str:
    """Of the request, or of the campaign mail, whichever link the person came by."""
    if person.request is not None:
        return choices_url(person.account.pk, 0, person.request.pk)
    return choices_url(person.account.pk, person.campaign_id or 0, person.contact_id or 0)
