"""What came back becomes what it says, once: a report, a returned recipient, a suppression.

Mails and providers' events end here alike, after their key or signature was checked.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError
from django.db.models import QuerySet
from django.utils import timezone

from campaigns.models import Recipient
from campaigns.recipients import moving
from consent.erasing.scrubbing import ERASED
from consent.ledger.recording import lock
from consent.ledger.suppressing import suppress
from consent.models import ConsentRequest
from marketing.models import Standing, Suppression
from marketing.tenancy import use_account
from marketing.tokens import Claims
from tracking.inbound.judging import Kind, Verdict
from tracking.inbound.models import InboundReport
from tracking.inbound.replies.keeping import keep

# law-and-protocol 3.5: proposals of that page, in one place.
SOFT_LIMIT: Final = 5
SOFT_SPAN: Final = timedelta(days=14)
DISABLED_AFTER: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What became of a mail. `claims` is None where it led to nobody; `again`: seen before."""

    verdict: Verdict
    claims: Claims | None = None
    again: bool = False
    suppressed: bool = False


@dataclass(frozen=True, kw_only=True)
class _Addressee:
    address: str
    address_hash: bytes
    contact_id: int
    campaign_id: int | None


@dataclass(frozen=True, kw_only=True)
class Told:
    """Who told it: `digest` names the report and whom it is about, the same whenever it comes.

    `raw` is the whole mail, which only a reply needs.
    """

    subject: str
    digest: bytes
    raw: bytes = b""


@dataclass(frozen=True, kw_only=True)
class _Case:
    told: Told
    claims: Claims
    person: _Addressee
    verdict: Verdict
    now: datetime


def apply(claims: Claims, told: Told, verdict_for: Callable[[str], Verdict]) -> Received | None:
    """Do what was told about the recipient of a valid key; None if there is no such row.

    `verdict_for` judges with the recipient's address at hand. Call outside of a transaction.
    """
    with use_account(claims.account):
        lock(claims.account)  # nobody is erased between this look and what it writes
        person = _addressee(claims)
        if person is None:
            return None
        case = _Case(
            told=told,
            claims=claims,
            person=person,
            verdict=verdict_for(person.address),
            now=timezone.now(),
        )
        return _apply(_without_words(case) if _is_erased(case) else _of_campaign(case))


def _of_campaign(case: _Case) -> _Case:
    """A reply to a consent request has no sender to go to: a person looks at it."""
    if case.verdict.kind is Kind.REPLY and case.person.campaign_id is None:
        return replace(case, verdict=Verdict(kind=Kind.QUARANTINE))
    return case


def _is_erased(case: _Case) -> bool:
    """Rows of an erased person have no address; who was asked anew since has one again."""
    standing = Standing.objects.for_account(case.claims.account)
    erased = standing.filter(address_hash=case.person.address_hash, erased_at__isnull=False)
    return not case.person.address or erased.exists()


def _without_words(case: _Case) -> _Case:
    """A late report about an erased person: its codes stay, words that may name them do not."""
    basic = re.match(r"[245]\d\d(?!\d)", case.verdict.diagnostic)
    codes = filter(None, (basic[0] if basic else "", case.verdict.status, ERASED))
    return replace(
        case,
        told=replace(case.told, subject="", raw=b""),
        verdict=replace(case.verdict, diagnostic=" ".join(codes)),
    )


def _apply(case: _Case) -> Received:
    if not _is_new(case):
        return Received(verdict=case.verdict, claims=case.claims, again=True)
    suppressed = _suppress(case)
    if case.person.campaign_id is not None:
        key = case.person.campaign_id, case.person.contact_id
        _move(case.claims.account, key, case.verdict)
        if case.verdict.kind is Kind.REPLY and case.told.raw:
            keep(case.claims.account, key, raw=case.told.raw, digest=case.told.digest, now=case.now)
    return Received(verdict=case.verdict, claims=case.claims, suppressed=suppressed)


def _addressee(claims: Claims) -> _Addressee | None:
    """The recipient of the key, or the addressee of a consent request (campaign 0)."""
    if claims.campaign == 0:
        asked = ConsentRequest.objects.for_account(claims.account).filter(pk=claims.contact).first()
        if asked is None:
            return None
        return _Addressee(
            address=asked.address,
            address_hash=bytes(asked.address_hash),
            contact_id=asked.contact_id,
            campaign_id=None,
        )
    row = (
        Recipient.objects.for_account(claims.account)
        .filter(campaign_id=claims.campaign, contact_id=claims.contact)
        .first()
    )
    if row is None:
        return None
    return _Addressee(
        address=row.address,
        address_hash=bytes(row.address_hash),
        contact_id=row.contact_id,
        campaign_id=row.campaign_id,
    )


def _is_new(case: _Case) -> bool:
    claims, verdict = case.claims, case.verdict
    row = InboundReport(
        account_id=claims.account,
        received_at=case.now,
        kind=verdict.kind,
        status=verdict.status,
        reported_status=verdict.reported_status,
        diagnostic=storable(verdict.diagnostic)[:500],
        subject=storable(case.told.subject),
        campaign_id=case.person.campaign_id,
        contact_id=case.person.contact_id,
        address_hash=case.person.address_hash,
        alarm=verdict.alarm,
        needs_review=verdict.kind is Kind.QUARANTINE,
        digest=case.told.digest,
    )
    try:
        with use_account(claims.account):
            row.save(force_insert=True)
    except IntegrityError:
        return False
    return True


def _suppress(case: _Case) -> bool:
    """The ledger's lock comes before the chunks': this runs before the recipient moves."""
    if case.verdict.kind is Kind.COMPLAINT:
        reason = Suppression.Reason.COMPLAINT
    elif _is_final(case):
        reason = Suppression.Reason.BOUNCE
    else:
        return False
    note = storable(case.verdict.diagnostic)[:300] or "Reported by their mail provider"
    suppress(case.claims.account, [case.person.address_hash], reason, note=note)
    return True


def _is_final(case: _Case) -> bool:
    """Hard at once, a disabled mailbox the second time, soft when nothing else came for long.

    The report itself is among the rows already.
    """
    verdict = case.verdict
    if verdict.kind is Kind.HARD and not verdict.disabled:
        return True
    rows = InboundReport.objects.for_account(case.claims.account)
    before = rows.filter(address_hash=case.person.address_hash)
    if verdict.disabled:
        old = case.now - DISABLED_AFTER
        return bool(before.filter(kind=Kind.HARD, received_at__lte=old).exists())
    return verdict.kind is Kind.SOFT and _is_soft_for_long(before, case.now)


def _is_soft_for_long(reports: QuerySet[InboundReport], now: datetime) -> bool:
    """A delivery in between starts the count anew."""
    delivered = reports.filter(kind=Kind.NONE, status__startswith="2").order_by("-received_at")
    soft = reports.filter(kind=Kind.SOFT).order_by("received_at")
    last = delivered.first()
    if last is not None:
        soft = soft.filter(received_at__gt=last.received_at)
    times = list(soft.values_list("received_at", flat=True)[:SOFT_LIMIT])
    return len(times) == SOFT_LIMIT and now - times[0] >= SOFT_SPAN


def _move(account_id: int, key: moving.Key, verdict: Verdict) -> None:
    if verdict.failed:
        reply = verdict.diagnostic or f"Returned without a reason (status {verdict.status})."
        moving.returned(account_id, [key], reply=reply)
    elif verdict.delivered:
        moving.arrived(account_id, [key])


def storable(text: str) -> str:
    """A text as PostgreSQL keeps it: without NUL, and without halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
