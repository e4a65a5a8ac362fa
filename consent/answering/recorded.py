"""What the page of a fresh link tells: what was measured, in words, and what was agreed to."""

from typing import Any, Final

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from consent import measured
from consent.answering import words
from consent.answering.people import Person
from consent.answering.showing import moment
from consent.asking.speaking import spoken
from consent.ledger import chain
from consent.measured import Recorded
from consent.models import ConsentRecord
from marketing.signing import tokens

_MOST: Final = 200


def measured_about(person: Person) -> list[tuple[str, str]]:
    """(when, what) of everything measured, newest first."""
    if person.contact_id is None:
        return []
    found = measured.recorded(person.account.pk, person.contact_id)[:_MOST]
    with translation.override(spoken(person.language)):
        return [(moment(person, one.at), _told(one)) for one in found]


def agreed_by(person: Person) -> list[tuple[str, str, str]]:
    """(when, what, URL of the text that was seen or "") of every record, newest first."""
    records = ConsentRecord.objects.for_account(person.account).filter(
        address_hash=person.address_hash
    )
    with translation.override(spoken(person.language)):
        return [
            (moment(person, record.at), _happened(record), _text_url(person, record))
            for record in records.order_by("-seq")[:_MOST]
        ]


def _told(one: Recorded) -> str:
    link = one.link or gettext(words.A_LINK)
    what = gettext(words.MEASURED[one.kind]) % {"campaign": one.campaign, "link": link}
    parts = [what, gettext(words.JUDGED[one.judged])] if one.judged in words.JUDGED else [what]
    if one.times > 1:
        parts.append(gettext(words.TIMES) % {"times": one.times})
    if one.network:
        parts.append(gettext(words.NETWORK) % {"network": one.network})
    return ", ".join(parts)


def _happened(record: ConsentRecord) -> str:
    said = words.HAPPENED.get((record.event, record.purpose)) or words.HAPPENED.get(
        (record.event, "")
    )
    if record.act == "erased":
        said = words.ERASED
    return gettext(said) if said else record.get_event_display()


def _text_url(person: Person, record: ConsentRecord) -> str:
    """Only a page or mail that was kept can be read again."""
    if person.fresh is None or "shown_hash" not in chain.facts_of(record.body):
        return ""
    token = tokens.make("choices", person.account.pk, person.fresh.pk)
    return reverse("consent_public:text_seen", args=[token, record.seq])


def context_of(person: Person) -> dict[str, Any]:
    """The two lists, for the template."""
    return {"recorded": measured_about(person), "agreed": agreed_by(person)}
