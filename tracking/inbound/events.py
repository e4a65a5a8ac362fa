"""What a provider reports about a mail it sent for us, in the same words as a delivery report.

anymail reads each provider's shapes and checks its signature; the recipient is found by the key
that we gave along as metadata, and only in the account whose address was called.
"""

import hashlib
from typing import Any, Final

from anymail.signals import EventType, RejectReason

from mailwire.reports import Group, Report, Sort
from marketing.tokens import Claims
from tracking.inbound.applying import Received, Told, apply, storable
from tracking.inbound.judging import Kind, Verdict, judge
from tracking.inbound.leaving import unsubscribe

_FAILED: Final = {EventType.BOUNCED, EventType.REJECTED, EventType.FAILED}
# Where the provider quotes no server: what its own word means (anymail's RejectReason).
_STATUS_OF: Final = {
    RejectReason.INVALID: "5.1.3",
    RejectReason.BOUNCED: "5.1.1",
    RejectReason.TIMED_OUT: "4.4.7",
    RejectReason.BLOCKED: "5.7.1",
    RejectReason.SPAM: "5.7.1",
    RejectReason.UNSUBSCRIBED: "5.7.1",
}


def take_event(account_id: int, provider: str, event: Any) -> Received | None:
    """Apply one event of anymail's; None where it is about nobody of this account, or says nothing.

    Safe to call twice, and in any order: a delivery after a bounce changes nothing.
    """
    claims = _claims(account_id, event.metadata or {})
    if claims is not None and event.event_type == EventType.UNSUBSCRIBED:
        unsubscribe(claims, act="one_click")  # the provider's own way out
    verdict = verdict_of(event)
    if claims is None or verdict is None:
        return None
    said = f"{provider} {event.event_type} {event.event_id or _unnamed(event)}"
    digest = hashlib.sha256(f"{said} {claims}".encode()).digest()
    told = Told(subject=storable(f"{provider}: {event.event_type}")[:300], digest=digest)
    return apply(claims, told, lambda address: verdict)


def verdict_of(event: Any) -> Verdict | None:
    """What the event says; None where it says nothing about delivery (opened, clicked, queued)."""
    if event.event_type == EventType.COMPLAINED:
        return Verdict(kind=Kind.COMPLAINT)
    if event.event_type == EventType.DELIVERED:
        return Verdict(kind=Kind.NONE, status="2.0.0", delivered=True)
    if event.event_type == EventType.DEFERRED:
        return Verdict(kind=Kind.DELAYED, diagnostic=_words(event))
    return _failed(event) if event.event_type in _FAILED else None


def _failed(event: Any) -> Verdict:
    """Judged by the same table as a delivery report, from what the receiving server said."""
    words = _words(event)
    status = _STATUS_OF.get(event.reject_reason or "", "5.0.0")
    if any(code in words for code in ("4.", "5.")) or not event.reject_reason:
        status = "5.0.0"  # the server's own code counts; the provider's word is only for silence
    group = Group(action="failed", status=status, diagnostic=words)
    report = Report(sort=Sort.DELIVERY, message_id="", subject="", sender="", groups=(group,))
    return judge(report, "")


def _words(event: Any) -> str:
    return storable(str(event.mta_response or event.description or ""))[:500]


def _claims(account_id: int, metadata: dict[str, Any]) -> Claims | None:
    try:
        account, campaign, contact = (
            int(metadata[name]) for name in ("account", "campaign", "contact")
        )
    except (KeyError, TypeError, ValueError):
        return None
    return Claims("verp", account, campaign, contact) if account == account_id else None


def _unnamed(event: Any) -> str:
    return f"{event.message_id} {event.timestamp}"
