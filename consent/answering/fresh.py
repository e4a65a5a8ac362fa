"""What the pages of a fresh link show: every choice with dates and data, and the start page."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from consent.answering import links, recorded, showing
from consent.answering.acts import asks_tracking
from consent.answering.people import Person, speaking, standing_of
from consent.answering.responses import rendered
from consent.forms.versions import latest
from consent.ledger import chain, shown
from consent.models import ConsentForm, ConsentPrivate, ConsentRecord, FreshLink, Shown


def all_choices(person: Person, *, done: str = "") -> dict[str, Any]:
    """Context of "Your choices" with data; only for the page of a fresh link."""
    standing = standing_of(person)
    newsletter = showing.newsletter_state(person, standing)
    measured = showing.is_measured(person, standing)
    return (
        showing.frame(person)
        | recorded.context_of(person)
        | {
            "shows_data": True,
            "address": person.address,
            "newsletter": newsletter,
            "newsletter_since": _day(person, standing.newsletter_at),
            "tracking": measured,
            "tracking_since": _day(person, standing.tracking_at),
            "may_start": newsletter != "on" and standing.suppressed in ("", "complaint"),
            "may_allow": not measured and person.account.tracking,
            "done": showing.said(person, done),
        }
    )


def start_page(person: Person, purpose: str) -> dict[str, Any]:
    """Context of the page that starts the newsletter, or measuring, with one button."""
    link = person.fresh
    back = ""
    if link is not None and link.kind == FreshLink.Kind.CHOICES:
        back = links.url_of(link)
    return showing.frame(person) | {
        "address": person.address,
        "text": person.text,
        "purpose": purpose,
        "back_url": back,
        "asks_person": asks_tracking(person),
    }


def start_shown(person: Person, purpose: str) -> str:
    """The start page as it is kept: gaps for the address and for the link of one person."""
    gaps = {"address": shown.gap("address"), "back_url": shown.gap("back_url")}
    context = start_page(person, purpose)
    return rendered("start", context | {k: v for k, v in gaps.items() if context[k]})


def with_words(person: Person) -> Person:
    """The person with the question's words where there are any: of their request, else of the
    account's form. Reads only: the form was made when the link was asked for."""
    if person.text is not None:
        return person
    forms = ConsentForm.objects.for_account(person.account).filter(put_away_at=None)
    chosen = forms.filter(pk=person.account.consent_form_id or 0).first()
    form = chosen or forms.filter(is_standard=True).first()
    if form is None:
        return person
    return speaking(replace(person, text=latest(form, person.language)), person.language)


def text_seen(person: Person, seq: int) -> str | None:
    """The page or mail of one of the person's records, as they saw it; None for any other."""
    record = (
        ConsentRecord.objects.for_account(person.account)
        .filter(seq=seq, address_hash=person.address_hash)
        .first()
    )
    name = chain.facts_of(record.body).get("shown_hash", "") if record else ""
    kept = Shown.objects.for_account(person.account).filter(hash=name).first()
    if kept is None:
        return None
    private = ConsentPrivate.objects.for_account(person.account).filter(seq=seq)
    return shown.as_seen(kept, dict(private.exclude(value="").values_list("kind", "value")))


def _day(person: Person, at: datetime | None) -> str:
    return showing.moment(person, at) if at else ""
