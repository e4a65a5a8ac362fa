"""What a provider reports about a mail it sent for us, in the same words as a delivery report.

anymail reads each provider's shapes; the signature was checked before, whom it is about is
matching's business.
"""

import hashlib
import re
from typing import Any, Final

from anymail.signals import EventType, RejectReason

from mailwire.reports import Group, Report, Sort
from tracking.inbound.applying import Received, Told, apply, storable
from tracking.inbound.judging import Kind, Verdict, judge
from tracking.inbound.leaving import unsubscribe
from tracking.inbound.matching import claims_of
from tracking.inbound.softness import is_soft

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

_CODE: Final = re.compile(r"(?<![\d.])[45](\d\d|\.\d{1,3}\.\d{1,3})(?![\d.]*\.\d)")


def take_event(account_id: int, provider: str, event: Any) -> Received | None:
    """Apply one event of anymail's; None where it is about nobody of this account, or says nothing.

    Safe to call twice, and in any order: a delivery after a bounce changes nothing.
    """
    claims = claims_of(account_id, event)
    if claims is not None and event.event_type == EventType.UNSUBSCRIBED:
        unsubscribe(claims, act="one_click")  # the provider's own way out
    verdict = verdict_of(event)
    if claims is None or verdict is None:
        return None
    said = f"{provider} {event.event_type} {event.event_id or _unnamed(event)}"
    digest = hashlib.sha256(storable(f"{said} {claims}").encode()).digest()
    name = str(event.message_id or "")[:200]
    told = Told(subject=storable(f"{provider}: {event.event_type} {name}"), digest=digest)
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
    """Judged by the same table as a delivery report, from what the receiving server said.

    Without a code of its own the provider's word counts, and its word for "not for ever" first.
    """
    words = _words(event)
    has_code = _CODE.search(words) is not None
    if not has_code and is_soft(event.esp_event):
        return Verdict(kind=Kind.SOFT, diagnostic=words, failed=True)
    status = "5.0.0" if has_code else _STATUS_OF.get(event.reject_reason or "", "5.0.0")
    group = Group(action="failed", status=status, diagnostic=words)
    report = Report(sort=Sort.DELIVERY, message_id="", subject="", sender="", groups=(group,))
    return judge(report, "")


def _words(event: Any) -> str:
    return storable(str(event.mta_response or event.description or ""))[:500]


def _unnamed(event: Any) -> str:
    return f"{event.message_id} {event.timestamp}"
