"""The request mail: subject, HTML and text part, and its own headers. No offer, pixel or tracking.

Whoever sends it adds From, To, Date, Message-ID and the rest (campaigns.sending). The mail is made
once per text with gaps for the person and then filled, so that the ledger can keep both halves.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from django.template.loader import render_to_string
from django.utils import timezone, translation

from consent.asking.speaking import day, direction_of, spoken
from consent.asking.why import Reader, readers_of, why
from consent.ledger.shown import filled, gap
from consent.models import ConsentRequest
from marketing.models import Account
from marketing.rules.countries import default_time_zone
from marketing.signing import answer_url, request_leave_url

_TEMPLATES: Final = "email/consent_request"
# A name somebody typed into a form must not turn the request into an advertisement.
_PLAIN_NAME: Final = re.compile(r"[^\W\d_][^\W\d_'’ .-]{0,39}(?:[ '’-][^\W\d_]{1,39}){0,2}")
_LIFE: Final = timedelta(days=365)


@dataclass(frozen=True)
class RequestMail:
    """The parts of one request mail; `headers` in the order they are written.

    `template` is the mail with gaps, as JSON, and `values` fill them.
    """

    request_id: int
    address: str
    subject: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    template: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def compose(account: Account, requests: Sequence[ConsentRequest]) -> list[RequestMail]:
    """The mails of these requests (with their text versions loaded), in their order; one query."""
    readers = readers_of(account.pk, [request.contact_id for request in requests])
    templates: dict[tuple[int, frozenset[str]], str] = {}
    mails = []
    for request in requests:
        reader = readers.get(request.contact_id or 0, Reader())
        values = _values(account, request, reader)
        key = (request.text_version_id, frozenset(name for name in values if values[name]))
        if key not in templates:
            templates[key] = _template(account, request, values)
        mails.append(filled_mail(request.pk, templates[key], values))
    return mails


def filled_mail(request_id: int, template: str, values: Mapping[str, str]) -> RequestMail:
    """The mail of a template and one person's values: the same two, the same mail."""
    parts = json.loads(template)
    return RequestMail(
        request_id=request_id,
        address=values["address"],
        subject=filled(parts["subject"], values, html=False),
        html=filled(parts["html"], values, html=True),
        text=filled(parts["text"], values, html=False),
        headers=tuple((name, filled(text, values, html=False)) for name, text in parts["headers"]),
        template=template,
        values=values,
    )


def mail_context(account: Account, text: Any, *, language: str) -> dict[str, Any]:
    """What the templates want besides the person: also for the preview of a form."""
    return {
        "company": account.name,
        "postal_address": account.postal_address,
        "text": text,
        "language": language,
        "direction": direction_of(language),
    }


def render_mail(context: dict[str, Any], *, language: str) -> tuple[str, str, str]:
    """Subject, HTML and text in the language of the text (the nearest one we speak)."""
    with translation.override(spoken(language)):
        subject = render_to_string(f"{_TEMPLATES}/subject.txt", context).strip()
        html = render_to_string(f"{_TEMPLATES}/body.html", context)
        text = render_to_string(f"{_TEMPLATES}/body.txt", context)
    return subject, html, text


def _values(account: Account, request: ConsentRequest, reader: Reader) -> dict[str, str]:
    """What fills the gaps for one person; "" where the mail leaves the sentence out."""
    language = request.text_version.language
    zone = default_time_zone(reader.country) if reader.country else account.time_zone
    named = _PLAIN_NAME.fullmatch(reader.first_name)
    until = request.wait_until
    return {
        "address": request.address,
        "first_name": reader.first_name if named else "",
        "why": why(account.name, reader, zone=zone, language=language),
        "answer_url": answer_url(account.pk, request.pk),
        "leave_url": request_leave_url(account.pk, request.pk),
        "answer_by": day(until, zone, language=language) if until else "",
        "works_until": day(timezone.now() + _LIFE, zone, language=language),
    }


def _template(account: Account, request: ConsentRequest, values: Mapping[str, str]) -> str:
    text = request.text_version
    gaps = {name: gap(name) if value else "" for name, value in values.items()}
    context = mail_context(account, text, language=text.language) | gaps
    subject, html, plain = render_mail(context, language=text.language)
    headers = [
        ("Auto-Submitted", "auto-generated"),
        ("Content-Language", text.language),
        ("List-Unsubscribe", f"<{gap('leave_url')}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
    ]
    parts = {"subject": subject, "html": html, "text": plain, "headers": headers}
    return json.dumps(parts, ensure_ascii=False, sort_keys=True)
