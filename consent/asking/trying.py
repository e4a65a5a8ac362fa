"""A request mail to the member who writes its words: the real mail, whose links lead to a page of
the app. Nobody is asked by it and nothing is recorded about anybody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import connection
from django.utils import timezone

from consent.asking.composing import mail_context, render_mail
from consent.asking.speaking import day
from consent.asking.why import Reader, why
from consent.forms.texts import FIELDS, Texts, fingerprint
from marketing.accounts.auditing import record
from marketing.models import Account, AuditLine, Member
from marketing.tasks import hand_over_mail

A_DAY: Final = 50
ACT: Final = "form.tested"
# Where each person has a link of their own.
SAMPLE_ANSWER: Final = f"{settings.SITE_URL}/c/…"
SAMPLE_LEAVE: Final = f"{settings.SITE_URL}/r/…"
SAME_PRESS: Final = timedelta(seconds=30)  # the same words again so soon: a button pressed twice
_WAIT, _LIFE = timedelta(days=30), timedelta(days=365)


class NotSent(Exception):
    """No test mail now; the text says why, for people."""


def sample_context(account: Account, words: Mapping[str, Any], *, address: str) -> dict[str, Any]:
    """What the mail's templates want, as for somebody who was met today; its links lead nowhere."""
    now, language = timezone.now(), words["language"]
    zone = account.time_zone
    return mail_context(account, words, language=language) | {
        "address": address,
        "why": why(account.name, Reader(since=now), zone=zone, language=language),
        "answer_url": SAMPLE_ANSWER,
        "leave_url": SAMPLE_LEAVE,
        "answer_by": day(now + _WAIT, zone, language=language),
        "works_until": day(now + _LIFE, zone, language=language),
    }


def send_test(by: Member, words: Mapping[str, Any], *, page_url: str) -> str:
    """Mail these words (with their language) to the member alone; the address they went to.

    Pressed twice it mails once. Raises NotSent where the address is not confirmed, or the account
    had fifty in 24 hours.
    """
    address = by.user.email
    if not EmailAddress.objects.filter(user=by.user, email=address, verified=True).exists():
        raise NotSent(
            "Your own address is not confirmed yet: set a new password by mail, that confirms it."
        )
    text = _named(words)
    if _is_same_press(by, text):
        return address
    since = timezone.now() - timedelta(days=1)
    tests = AuditLine.objects.for_account(by.account).filter(act=ACT, at__gte=since)
    if tests.count() >= A_DAY:
        raise NotSent(f"At most {A_DAY} test mails a day. Use the preview until tomorrow.")
    context = sample_context(by.account, words, address=address)
    context |= {"answer_url": page_url, "leave_url": page_url}
    subject, html, plain = render_mail(context, language=words["language"])
    record(by.account, by=by, act=ACT, subject=str(words["subject"])[:200], after=text)
    hand_over_mail(to=address, subject=f"Test: {subject}", text=plain, html=html)
    return address


def _named(words: Mapping[str, Any]) -> str:
    """The words by their fingerprint, as the form's page names its versions."""
    texts = Texts(**{name: str(words.get(name, "")) for name in FIELDS})
    return f"Text {fingerprint(words['language'], texts)[:12]}"


def _is_same_press(by: Member, text: str) -> bool:
    """Whether the member's press before, which may still run, mailed these very words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"form_test:{by.pk}"]
        )
    lines = AuditLine.objects.for_account(by.account).filter(act=ACT, member=by, after=text)
    return lines.filter(at__gte=timezone.now() - SAME_PRESS).exists()
