"""A request mail to the member who writes its words: the real mail, whose links lead to a page of
the app. Nobody is asked by it and nothing is recorded about anybody."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.utils import timezone

from consent.asking.composing import mail_context, render_mail
from consent.asking.speaking import day
from consent.asking.why import Reader, why
from marketing.accounts.auditing import record
from marketing.models import Account, AuditLine, Member
from marketing.tasks import hand_over_mail

A_DAY: Final = 50
ACT: Final = "form.tested"
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
        "answer_url": "#",
        "leave_url": "#",
        "answer_by": day(now + _WAIT, zone, language=language),
        "works_until": day(now + _LIFE, zone, language=language),
    }


def send_test(by: Member, words: Mapping[str, Any], *, page_url: str) -> str:
    """Mail these words (with their language) to the member alone; the address they went to.

    Raises NotSent where the address is not confirmed, or the account had fifty in 24 hours.
    """
    address = by.user.email
    if not EmailAddress.objects.filter(user=by.user, email=address, verified=True).exists():
        raise NotSent(
            "Your own address is not confirmed yet: set a new password by mail, that confirms it."
        )
    since = timezone.now() - timedelta(days=1)
    tests = AuditLine.objects.for_account(by.account).filter(act=ACT, at__gte=since)
    if tests.count() >= A_DAY:
        raise NotSent(f"At most {A_DAY} test mails a day. Use the preview until tomorrow.")
    context = sample_context(by.account, words, address=address)
    context |= {"answer_url": page_url, "leave_url": page_url}
    subject, html, text = render_mail(context, language=words["language"])
    record(by.account, by=by, act=ACT, subject=str(words["subject"])[:200])
    hand_over_mail(to=address, subject=f"Test: {subject}", text=text, html=html)
    return address
