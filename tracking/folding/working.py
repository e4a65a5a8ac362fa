"""Finds the accounts whose events wait to be folded, and folds them in turn for a while."""

import logging
import time

from django.db import connection

from marketing.tenancy import every_account
from tracking.folding.folding import fold

log = logging.getLogger(__name__)


def accounts_to_fold() -> list[int]:
    """Accounts with events that are not folded yet, the longest waiting first."""
    with every_account(), connection.cursor() as cursor:
        cursor.execute(
            """SELECT account_id FROM tracking_event
               WHERE folded_at IS NULL GROUP BY account_id ORDER BY min(at), account_id"""
        )
        return [account_id for (account_id,) in cursor.fetchall()]


def fold_all(*, seconds: float) -> int:
    """Fold one batch per account in turn until nothing waits or the time is up.

    Returns the number of events folded. What fails for one account does not hold up the others:
    its events stay unfolded and are tried again by the next round.
    """
    until = time.monotonic() + seconds
    waiting = accounts_to_fold()
    folded = 0
    while waiting and time.monotonic() < until:
        more = []
        for account_id in waiting:
            try:
                count = fold(account_id)
            except Exception:
                log.exception("Folding failed for account %s", account_id)
                continue
            folded += count
            if count:
                more.append(account_id)
            if time.monotonic() >= until:
                break
        waiting = more
    return folded
