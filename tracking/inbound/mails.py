"""A mail that came in, taken once. Without a valid key nothing changes, whatever the mail says.

Nothing is ever answered.
"""

import hashlib
from typing import Final

from django.conf import settings
from django.utils import timezone

from mailwire.reports import Report, Sort, read
from marketing.tenancy import no_account
from tracking.inbound.applying import Received, Told, apply, storable
from tracking.inbound.judging import Kind, Verdict, judge, without_key
from tracking.inbound.keys import found_in
from tracking.inbound.leaving import unsubscribe
from tracking.inbound.models import UnclaimedMail
from tracking.inbound.replies.people import says_stop

_KEPT_OCTETS: Final = 64 * 1024


def receive(raw: bytes, envelope_to: str, *, authenticated: bool = True) -> Received:
    """Take one mail in. Opens its own transactions; call outside of any.

    `authenticated` is the receiver's own check of the sending host; complaints need it.
    """
    report = read(raw)
    trusted = authenticated and _is_authentic(report)
    return _take(report, raw, envelope_to, trusted=trusted)


def take_again(mail: UnclaimedMail) -> Received:
    """The operator vouches for who sent it; its key must be valid all the same.

    It is kept no longer once it led to somebody. Call outside of any transaction.
    """
    raw = bytes(mail.raw)
    received = _take(read(raw), raw, mail.envelope_to, trusted=True)
    if received.claims is not None:
        with no_account():
            mail.delete()
    return received


def _take(report: Report, raw: bytes, envelope_to: str, *, trusted: bool) -> Received:
    found = found_in(report, envelope_to)
    if report.sort is Sort.FEEDBACK and not trusted:
        return _unclaimed(report, raw, envelope_to, why="unauthenticated")
    if found.claims is None:
        return _unclaimed(report, raw, envelope_to, why="forged key" if found.forged else "no key")
    claims = found.claims
    if report.sort is Sort.MAIL and says_stop(report):
        unsubscribe(claims, act="mailto")
        return Received(verdict=Verdict(kind=Kind.NONE), claims=claims)
    key = f"{claims.account}:{claims.campaign}:{claims.contact}"
    told = Told(subject=report.subject, digest=_digest(report, raw, key), raw=raw)
    taken = apply(claims, told, lambda address: judge(report, address))
    return taken or _unclaimed(report, raw, envelope_to, why="unknown")


def _unclaimed(report: Report, raw: bytes, envelope_to: str, *, why: str) -> Received:
    verdict = without_key(report)
    if why == "unauthenticated":
        verdict = Verdict(kind=Kind.QUARANTINE)
    if verdict.kind is not Kind.QUARANTINE:
        return Received(verdict=verdict)
    with no_account():
        _, made = UnclaimedMail.objects.get_or_create(
            digest=_digest(report, raw, ""),
            defaults={
                "received_at": timezone.now(),
                "envelope_to": storable(envelope_to)[:320],
                "sender": storable(report.sender),
                "subject": storable(report.subject),
                "why": why,
                "raw": raw[:_KEPT_OCTETS],
            },
        )
    return Received(verdict=verdict, again=not made)


def _digest(report: Report, raw: bytes, key: str) -> bytes:
    """Of the report's own Message-ID and whom it is about; without one, of the whole mail."""
    name = report.message_id.encode() if report.message_id else raw
    return hashlib.sha256(key.encode() + b"\0" + name).digest()


def _is_authentic(report: Report) -> bool:
    """What our own receiving server wrote on top (RFC 8601), where it is configured to write."""
    server = settings.INBOUND_AUTHSERV_ID
    if not server:
        return True
    ours = [text for text in report.authentication if text.split(";")[0].strip() == server]
    return bool(ours) and ("dkim=pass" in ours[0] or "spf=pass" in ours[0])
