"""Judges an account's history anew when the rules changed, a batch of recipients at a time.

The row `rejudging` says how far it is; whoever is killed goes on from the last batch. Recipients
whose raw events are gone keep the class under which those were settled.
"""

import logging
import time
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from marketing.tenancy import every_account, use_account
from tracking.folding.folding import refold
from tracking.folding.locking import wait_for_folding
from tracking.folding.summing import Key
from tracking.judging.rules import RULES_VERSION
from tracking.models import Rejudging

log = logging.getLogger(__name__)

PEOPLE: Final = 300


def accounts_to_rejudge(version: str = RULES_VERSION) -> list[int]:
    """Accounts with figures that are not, or not all, made by this version."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT DISTINCT t.account_id FROM campaign_totals t
               LEFT JOIN rejudging r ON r.account_id = t.account_id
               WHERE r.version IS DISTINCT FROM %s OR r.finished_at IS NULL ORDER BY 1""",
            [version],
        )
        return [account_id for (account_id,) in cursor.fetchall()]


def rejudge_all(*, seconds: float) -> int:
    """Go on with every account in turn until all are done or the time is up; people judged."""
    until = time.monotonic() + seconds
    done = 0
    waiting = accounts_to_rejudge()
    while waiting and time.monotonic() < until:
        more = []
        for account_id in waiting:
            try:
                people = rejudge(account_id)
            except Exception:
                log.exception("Judging anew failed for account %s", account_id)
                continue
            done += people
            if people:
                more.append(account_id)
            if time.monotonic() >= until:
                break
        waiting = more
    return done


def rejudge(account_id: int, version: str = RULES_VERSION) -> int:
    """Judge the next recipients of one account; 0 when all of them are done."""
    with use_account(account_id), connection.cursor() as cursor:
        wait_for_folding(cursor, account_id)
        progress = _begun(account_id, version)
        keys = _next(cursor, progress)
        if not keys:
            progress.finished_at = progress.finished_at or timezone.now()
            progress.save()
            return 0
        refold(cursor, account_id, keys)
        progress.campaign_id, progress.contact_id = keys[-1]
        progress.done += len(keys)
        progress.save()
        return len(keys)


def _begun(account_id: int, version: str) -> Rejudging:
    found = Rejudging.objects.for_account(account_id).first()
    if found is not None and found.version == version:
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM engagement WHERE account_id = %s", [account_id])
        [people] = cursor.fetchone()
    fresh = Rejudging(
        account_id=account_id, version=version, people=people, started_at=timezone.now()
    )
    fresh.save()  # in place of the last version's
    return fresh


def _next(cursor: Any, progress: Rejudging) -> list[Key]:
    cursor.execute(
        """SELECT campaign_id, contact_id FROM engagement
           WHERE account_id = %s AND (campaign_id, contact_id) > (%s, %s)
           ORDER BY campaign_id, contact_id LIMIT %s""",
        [progress.account_id, progress.campaign_id, progress.contact_id, PEOPLE],
    )
    return [Key(*row) for row in cursor.fetchall()]
