"""Fresh links: mailed to the address at its own wish, good for 24 hours, one button in the mail.

Only they may switch on, show data, hand it out or erase it; a newsletter's own links get forwarded.
"""

from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from consent.answering.people import Person
from consent.asking.speaking import direction_of, spoken
from consent.forms.versions import standard_form
from consent.ledger.recording import lock
from consent.models import FreshLink
from marketing.models import Standing
from marketing.signing import tokens

LIVES: Final = timedelta(hours=24)
PER_DAY: Final = 3
PAUSE: Final = timedelta(minutes=5)

Kind = FreshLink.Kind


def url_of(link: FreshLink) -> str:
    """The page of a fresh link: all choices with data, or coming back after leaving."""
    place = "m" if link.kind == Kind.CHOICES else "b"
    return f"{settings.SITE_URL}/{place}/{tokens.make(link.kind, link.account_id, link.pk)}"


def mail_with_link(person: Person, kind: str, standing: Standing) -> dict[str, str] | None:
    """A new link with its mail, as marketing.tasks.hand_over_mail takes it; None: not now.

    At most PER_DAY a day and address, not twice within PAUSE; a mail to come back only once after
    each leaving; none to an address that bounced, or that we do not know any more.
    The page says the same either way. Call inside `use_account`.
    """
    lock(person.account.pk)
    if not person.address or not _may_write(person, kind, standing):
        return None
    # Its page may offer the question again, and a page that is only opened makes nothing.
    standard_form(person.account)
    now = timezone.now()
    link = FreshLink.objects.create(
        account=person.account,
        address_hash=person.address_hash,
        kind=kind,
        contact_id=person.contact_id,
        campaign_id=person.campaign_id,
        request_id=person.request.pk if person.request else None,
        language=spoken(person.language),
        made_at=now,
        expires_at=now + LIVES,
    )
    return _mail(person, link)


def _may_write(person: Person, kind: str, standing: Standing) -> bool:
    if standing.suppressed == "bounce":
        return False
    now = timezone.now()
    made = FreshLink.objects.for_account(person.account).filter(address_hash=person.address_hash)
    if made.filter(made_at__gt=now - PAUSE, kind=kind).exists():
        return False
    if made.filter(made_at__gt=now - LIVES).count() >= PER_DAY:
        return False
    if kind != Kind.COME_BACK or standing.newsletter_at is None:
        return True
    return not made.filter(kind=kind, made_at__gte=standing.newsletter_at).exists()


def _mail(person: Person, link: FreshLink) -> dict[str, str]:
    words: dict[str, Any] = {
        "company": person.account.name,
        "postal_address": person.account.postal_address,
        "url": url_of(link),
        "language": link.language,
        "direction": direction_of(link.language),
        "come_back": link.kind == Kind.COME_BACK,
    }
    with translation.override(link.language):
        subject, text, html = (
            render_to_string(f"email/fresh_link/{part}", words)
            for part in ("subject.txt", "body.txt", "body.html")
        )
    return {"to": person.address, "subject": subject.strip(), "text": text, "html": html}
