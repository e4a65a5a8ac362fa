"""What became of request mails, written once per batch: asked, not delivered, later.

Whoever also locks chunks does so after this: the ledger's lock comes first everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from consent.asking.keeping import Kept
from consent.ledger import shown
from consent.ledger.entries import Entry
from consent.ledger.recording import append, lock
from consent.models import ConsentRequest, Shown
from marketing.models import Account
from marketing.rules.versions import applied
from marketing.tenancy import use_account


class Became(StrEnum):
    """ASKED also stands for an unknown outcome: it counts as asked, and we never repeat it."""

    ASKED = "asked"
    UNKNOWN = "unknown"
    NOT_DELIVERED = "not_delivered"
    LATER = "later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the attempt to mail one request gave.

    `generation` is that of the request's own lease (None: fenced by the caller's chunk). `due_at`
    says when to try again (LATER). `bounced`: the address is bad for good, so it is suppressed too.
    `kept` is the mail itself, for the evidence of those who were asked.
    """

    request_id: int
    became: Became
    message_id: str = ""
    reply: str = ""
    due_at: datetime | None = None
    bounced: bool = False
    generation: int | None = None
    kept: Kept | None = None


# A mail that was accepted is a fact, whatever became of its row meanwhile: the person may have
# answered before we could write, or the campaign was stopped while the mail was on its way.
_MARK: Final = """
UPDATE consent_request q SET
    state = CASE
        WHEN u.became IN ('asked', 'unknown') AND q.state IN ('open', 'taken_back', 'not_delivered')
            THEN 'asked'
        WHEN u.became = 'not_delivered' AND q.state = 'open' THEN 'not_delivered'
        ELSE q.state END,
    due_at = CASE WHEN u.became = 'later' AND q.state = 'open' THEN u.due_at END,
    attempts = q.attempts + 1,
    first_attempt_at = coalesce(q.first_attempt_at, %(at)s),
    asked_at = CASE WHEN u.became IN ('asked', 'unknown') THEN %(at)s END,
    expires_at = CASE WHEN u.became IN ('asked', 'unknown')
        THEN %(at)s + interval '12 months' ELSE q.expires_at END,
    outcome_unknown = u.became = 'unknown',
    message_id = CASE WHEN u.message_id <> '' THEN u.message_id ELSE q.message_id END,
    reply = CASE WHEN q.address = '' THEN '' ELSE u.reply END,
    lease_until = NULL
FROM unnest(%(ids)s::bigint[], %(became)s::text[], %(messages)s::text[], %(replies)s::text[],
        %(due)s::timestamptz[], %(generations)s::int[])
    AS u(id, became, message_id, reply, due_at, generation)
WHERE q.account_id = %(account)s AND q.id = u.id AND q.asked_at IS NULL
  AND (u.generation IS NULL OR u.generation = q.generation)
RETURNING q.id
"""


def mark(
    account_id: int, outcomes: Sequence[Outcome], *, at: datetime | None = None
) -> list[ConsentRequest]:
    """Write the outcomes, with a record "Asked" for each accepted mail; the requests that moved.

    Safe to call twice: a request that was asked is not asked again, a lost lease writes nothing.
    """
    at = at or timezone.now()
    with use_account(account_id):
        lock(account_id)
        ids = _update(account_id, outcomes, at)
        moved = {
            request.pk: request
            for request in ConsentRequest.objects.for_account(account_id)
            .filter(pk__in=ids)
            .select_related("text_version")
        }
        rule = applied(Account.objects.get(pk=account_id))
        records = [
            replace(entry, rule=rule)
            for outcome in outcomes
            if outcome.request_id in moved
            for entry in _entries(outcome, moved[outcome.request_id], at)
        ]
        mails = [outcome.kept for outcome in outcomes if outcome.request_id in moved]
        shown.keep(account_id, Shown.Kind.MAIL, {mail.template for mail in mails if mail})
        append(account_id, records)
        return list(moved.values())


def _update(account_id: int, outcomes: Sequence[Outcome], at: datetime) -> list[int]:
    params: dict[str, Any] = {
        "account": account_id,
        "at": at,
        "ids": [outcome.request_id for outcome in outcomes],
        "became": [str(outcome.became) for outcome in outcomes],
        "messages": [outcome.message_id[:255] for outcome in outcomes],
        "replies": [outcome.reply[:500] for outcome in outcomes],
        "due": [outcome.due_at for outcome in outcomes],
        "generations": [outcome.generation for outcome in outcomes],
    }
    with connection.cursor() as cursor:
        cursor.execute(_MARK, params)
        return [row[0] for row in cursor.fetchall()]


def _entries(outcome: Outcome, request: ConsentRequest, at: datetime) -> list[Entry]:
    if outcome.became in (Became.ASKED, Became.UNKNOWN):
        return [_entry(outcome, request, at, event="asked")]
    if outcome.became is Became.NOT_DELIVERED and outcome.bounced:
        return [_entry(outcome, request, at, event="bounced")]
    return []


def _entry(outcome: Outcome, request: ConsentRequest, at: datetime, *, event: str) -> Entry:
    # Erased while the mail was on its way: what names the person is not stored again.
    kept = outcome.kept if request.address else None
    return Entry(
        event=event,
        act="request_mail" if event == "asked" else "server",
        address_hash=bytes(request.address_hash),
        at=at,
        address=request.address,
        contact_id=request.contact_id,
        campaign_id=request.campaign_id,
        request_id=request.pk,
        text_version=request.text_version_id,
        text_hash=request.text_version.hash,
        language=request.text_version.language,
        message_id=outcome.message_id,
        server_reply=outcome.reply if request.address else "",
        source=request.source,
        shown_hash=shown.hash_of(kept.template) if kept else "",
        mail_values=kept.values if kept else "",
        detail="outcome unknown" if outcome.became is Became.UNKNOWN else "",
    )
