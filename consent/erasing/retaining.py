"""What goes by itself, every night: machines after 12 months, silence, proof after its time,
and files that were uploaded a month ago and never imported.

The chain is not touched: values and salts lie beside it, and each says on which day it went.
"""

from datetime import datetime
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from consent.ledger.recording import lock
from marketing.models import Account
from marketing.tenancy import no_account, use_account

BATCH: Final = 5_000

# IP address and program: they show how an act came about, and fade first (law reference, 2.2).
_MACHINES: Final = """
UPDATE consent_private SET value = '', salt = '', deleted_at = %(now)s
WHERE account_id = %(account)s AND kind IN ('ip', 'agent') AND deleted_at IS NULL AND seq IN (
    SELECT p.seq FROM consent_private p
    JOIN consent_record r ON r.account_id = p.account_id AND r.seq = p.seq
    WHERE p.account_id = %(account)s AND p.kind IN ('ip', 'agent') AND p.deleted_at IS NULL
      AND r.at < %(now)s - interval '12 months'
    LIMIT %(batch)s)
"""

# Asked, silent until the link ended, and never anything else: nobody needs to know who it was.
_SILENT: Final = """
WITH ended AS (
    UPDATE consent_request q SET address = ''
    WHERE q.account_id = %(account)s AND q.id IN (
        SELECT e.id FROM consent_request e
        LEFT JOIN standing s ON s.account_id = e.account_id AND s.address_hash = e.address_hash
        WHERE e.account_id = %(account)s AND e.state = 'expired' AND e.address <> ''
          AND coalesce(s.newsletter, '') = ''
        LIMIT %(batch)s)
    RETURNING q.address_hash)
UPDATE consent_private p SET value = '', salt = '', deleted_at = %(now)s
FROM consent_record r JOIN ended e USING (address_hash)
WHERE r.account_id = %(account)s AND r.event IN ('asked', 'expired')
  AND p.account_id = r.account_id AND p.seq = r.seq AND p.deleted_at IS NULL
  AND p.kind IN ('address', 'reply', 'mail')
"""

# The consent ended long ago: the account keeps that and when, no longer who.
_ENDED: Final = """
WITH ended AS (
    SELECT s.address_hash FROM standing s
    WHERE s.account_id = %(account)s AND s.newsletter <> 'agreed'
      AND greatest(s.newsletter_at, s.tracking_at, s.asked_at, s.suppressed_at)
          < %(now)s - make_interval(months => %(months)s)
      AND EXISTS (
        SELECT 1 FROM consent_record r
        JOIN consent_private p ON p.account_id = r.account_id AND p.seq = r.seq
        WHERE r.account_id = s.account_id AND r.address_hash = s.address_hash
          AND p.deleted_at IS NULL)
    LIMIT %(batch)s)
UPDATE consent_private p SET value = '', salt = '', deleted_at = %(now)s
FROM consent_record r JOIN ended e USING (address_hash)
WHERE r.account_id = %(account)s AND p.account_id = r.account_id AND p.seq = r.seq
  AND p.deleted_at IS NULL
"""

# Uploaded and never started: a list of people whom nobody answers for.
_DRAFTS: Final = """
DELETE FROM contact_import
WHERE account_id = %(account)s AND state = 'draft' AND made_at < %(now)s - interval '30 days'
"""


def forget(account_id: int, *, now: datetime | None = None) -> int:
    """One round over the account: at most BATCH of each kind; how many values went."""
    with use_account(account_id):
        # Nobody answers, and nothing is appended, while their values go.
        lock(account_id)
        account = Account.objects.get(pk=account_id)
        values: dict[str, Any] = {
            "account": account_id,
            "now": now or timezone.now(),
            "months": account.proof_months,
            "batch": BATCH,
        }
        gone = 0
        with connection.cursor() as cursor:
            for statement in (_MACHINES, _SILENT, _ENDED, _DRAFTS):
                cursor.execute(statement, values)
                gone += cursor.rowcount
        return gone


def forget_everywhere() -> int:
    """`forget` for every account, until nothing is left to forget."""
    with no_account():
        accounts = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    gone = 0
    for account_id in accounts:
        while batch := forget(account_id):
            gone += batch
    return gone
