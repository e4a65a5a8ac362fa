"""Every night: what came back long ago goes, in batches that hold nobody up."""

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection
from django.utils import timezone

from marketing.tenancy import every_account, no_account
from tracking.inbound.models import UnclaimedMail

BATCH: Final = 5000
# Anybody can write to our addresses: what leads to nobody is kept for a while, and not all of it.
_UNCLAIMED_FOR: Final = timedelta(days=30)
MOST_UNCLAIMED: Final = 10_000
_REPLIES_FOR: Final = timedelta(days=30)
# Numbers rise with time: only the oldest are looked at, however many there are.
_OLD: Final = {
    "reports": """DELETE FROM inbound_report WHERE id IN (
        SELECT id FROM (SELECT id, received_at FROM inbound_report ORDER BY id LIMIT %(batch)s) o
        WHERE o.received_at < %(before)s)""",
    "replies": """DELETE FROM reply WHERE id IN (
        SELECT id FROM (SELECT id, ended_at FROM reply ORDER BY id LIMIT %(batch)s) o
        WHERE o.ended_at < %(before)s)""",
}


def forget_all(now: datetime | None = None) -> None:
    """Reports, what is left of replies, and mail that led to nobody."""
    now = now or timezone.now()
    forget("reports", now - timedelta(days=settings.INBOUND_REPORT_DAYS))
    forget("replies", now - _REPLIES_FOR)
    forget_unclaimed(now)


def forget(what: str, before: datetime) -> int:
    """Rows of before that time; how many went."""
    gone = 0
    while True:
        with every_account(), connection.cursor() as cursor:
            cursor.execute(_OLD[what], {"batch": BATCH, "before": before})
            deleted = int(cursor.rowcount)
        gone += deleted
        if deleted < BATCH:
            return gone


def forget_unclaimed(now: datetime) -> None:
    """Old mail without a key, and more of it than anybody would look at."""
    with no_account():
        UnclaimedMail.objects.filter(received_at__lt=now - _UNCLAIMED_FOR).delete()
        newest = UnclaimedMail.objects.order_by("-id").values_list("id", flat=True)
        beyond = newest[MOST_UNCLAIMED : MOST_UNCLAIMED + 1].first()
        if beyond is not None:
            UnclaimedMail.objects.filter(id__lte=beyond).delete()
