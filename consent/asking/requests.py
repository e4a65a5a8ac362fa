"""Consent requests as rows: open them, take them back, let them expire.

Unique per account and address for ever; only requests that never reached anybody are taken over by
a later campaign. What was asked or answered is never touched here.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from consent.forms.versions import standard_form
from consent.ledger.entries import Entry
from consent.ledger.recording import append, lock
from consent.models import ConsentRequest
from marketing.models import Account
from marketing.rules.countries import MAIN_LANGUAGES
from marketing.tenancy import no_account, use_account

State = ConsentRequest.State

# Recipients and campaigns live in a higher room: this statement reads them as plain SQL, like the
# gate does, so that a launch asks a million people in one go (docs/decisions/0007). No ON CONFLICT,
# which costs as much as the row: the account's lock keeps other askers away.
_OPEN: Final = """
WITH newest AS MATERIALIZED (
    SELECT id, language FROM text_version
    WHERE account_id = %(account)s AND form_id = %(form)s AND number = (
        SELECT max(number) FROM text_version
        WHERE account_id = %(account)s AND form_id = %(form)s)),
main AS MATERIALIZED (
    SELECT m.country, min(n.id) AS text_id
    FROM unnest(%(countries)s::text[], %(languages)s::text[]) AS m (country, language)
    JOIN newest n ON n.language = m.language
    GROUP BY m.country),
wanted AS MATERIALIZED (
    SELECT r.address_hash, r.address, r.contact_id, r.wait_until,
        coalesce(
            (SELECT n.id FROM newest n WHERE n.language = c.language),
            (SELECT n.id FROM newest n WHERE n.language = split_part(c.language, '-', 1)),
            (SELECT m.text_id FROM main m WHERE m.country = c.country),
            (SELECT m.text_id FROM main m JOIN account a ON a.country = m.country
             WHERE a.id = %(account)s),
            (SELECT min(n.id) FROM newest n)) AS text_version_id,
        q.id AS request_id, q.campaign_id AS asked_by, q.contact_id AS asked
    FROM recipient r
    LEFT JOIN contact c ON c.account_id = r.account_id AND c.id = r.contact_id
    LEFT JOIN consent_request q
        ON q.account_id = %(account)s AND q.address_hash = r.address_hash
    WHERE r.account_id = %(account)s AND r.campaign_id = %(campaign)s
      AND r.contact_id BETWEEN %(lo)s AND %(hi)s AND (r.verdict = 2 OR r.trouble = 'asked')
      AND (%(only)s::bigint[] IS NULL OR r.contact_id = ANY(%(only)s::bigint[]))),
named AS (SELECT name FROM campaign WHERE account_id = %(account)s AND id = %(campaign)s),
again AS (
    UPDATE consent_request q SET
        address = w.address, contact_id = w.contact_id, campaign_id = %(campaign)s,
        text_version_id = w.text_version_id, state = 'open', source = (SELECT name FROM named),
        made_at = %(now)s, wait_until = w.wait_until, due_at = NULL, attempts = 0,
        first_attempt_at = NULL, message_id = '', reply = '', lease_until = NULL
    FROM wanted w
    WHERE q.account_id = %(account)s AND q.id = w.request_id
      AND q.state IN ('not_delivered', 'taken_back')),
made AS (
    INSERT INTO consent_request (account_id, address_hash, address, contact_id, campaign_id,
        text_version_id, state, source, made_at, wait_until, attempts, outcome_unknown, message_id,
        reply, generation)
    SELECT %(account)s, w.address_hash, w.address, w.contact_id, %(campaign)s, w.text_version_id,
        'open', (SELECT name FROM named), %(now)s, w.wait_until, 0, false, '', '', 0
    FROM wanted w WHERE w.request_id IS NULL)
SELECT count(*) FROM wanted w
WHERE w.request_id IS NOT NULL AND (w.asked_by <> %(campaign)s OR w.asked <> w.contact_id)
"""


def open_for(
    account_id: int,
    campaign_id: int,
    *,
    form_id: int | None,
    contacts: tuple[int, int],
    only: Sequence[int] | None = None,
) -> bool:
    """Open a request for each recipient with verdict *ask*, or held since, between two contact ids.

    With `only` for these of them.

    The text is the form's newest (None: the standard form) in the person's language; where that is
    not known or not written, in the main one of their country, else of the account's. An address
    that was asked, or that another campaign is about to ask, keeps its request; returns whether
    any address had one of another campaign. Call inside `use_account`, in the transaction that
    made the recipients.
    """
    lo, hi = contacts
    params: dict[str, Any] = {
        "account": account_id,
        "campaign": campaign_id,
        "form": form_id or standard_form(account_id).pk,
        "lo": lo,
        "hi": hi,
        "only": None if only is None else list(only),
        "countries": list(MAIN_LANGUAGES),
        "languages": list(MAIN_LANGUAGES.values()),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        # A statement of its own: the snapshot of the next must be younger than the lock.
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"asking:{account_id}"]
        )
        cursor.execute(_OPEN, params)
        return bool(cursor.fetchone()[0])


def take_back(account_id: int, campaign_id: int) -> int:
    """The campaign was stopped: requests not yet sent count as never made. Returns how many.

    It waits for no answer any more, so that a later yes is not promised its newsletter.
    """
    now = timezone.now()
    with use_account(account_id):
        lock(account_id)  # before the rows, like whoever marks them: both change many
        made = ConsentRequest.objects.for_account(account_id).filter(campaign_id=campaign_id)
        made.filter(state=State.ASKED, wait_until__gt=now).update(wait_until=now)
        return made.filter(state=State.OPEN).update(state=State.TAKEN_BACK, due_at=None)


def expire(account_id: int, *, limit: int = 5_000) -> int:
    """End requests that were asked 12 months ago and not answered, with a record each."""
    now = timezone.now()
    with use_account(account_id):
        # The ledger's lock first: an answer that comes now either counts before this, or not.
        lock(account_id)
        ended = list(
            ConsentRequest.objects.for_account(account_id)
            .filter(state=State.ASKED, expires_at__lte=now)
            .order_by("expires_at")[:limit]
        )
        ConsentRequest.objects.for_account(account_id).filter(
            pk__in=[request.pk for request in ended]
        ).update(state=State.EXPIRED, due_at=None)
        append(account_id, [_expired(request, now) for request in ended])
    return len(ended)


def expire_everywhere() -> int:
    """`expire` for every account that has something to end, until nothing is left."""
    with no_account():
        accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    ended = 0
    for account_id in accounts:
        while batch := expire(account_id):
            ended += batch
    return ended


def _expired(request: ConsentRequest, at: datetime) -> Entry:
    return Entry(
        event="expired",
        act="request_mail",
        address_hash=bytes(request.address_hash),
        at=at,
        address=request.address,
        contact_id=request.contact_id,
        campaign_id=request.campaign_id,
        request_id=request.pk,
        text_version=request.text_version_id,
        source=request.source,
    )
