"""Complaints and hard bounces over thirty days, of an account and of each of its sender domains.

Limits of law-and-protocol 3.1 and 3.6: complaints of 0.1 % warn, of 0.3 % stop ("never 0.3 %");
hard bounces of 3 % warn, of 8 % stop; nothing is said before 200 mails were sent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from django.db import connection
from django.utils import timezone

SPAN: Final = timedelta(days=30)
ENOUGH: Final = 200


class Level(StrEnum):
    """What a rate asks for."""

    TOO_FEW = "too_few"  # sent fewer than ENOUGH: it says nothing yet
    FINE = "fine"
    WARN = "warn"
    STOP = "stop"


class Measure(StrEnum):
    """What is counted."""

    COMPLAINTS = "complaints"
    BOUNCES = "bounces"


# In 1,000 mails: warn from the first on, stop from the second on.
LIMITS: Final = {Measure.COMPLAINTS: (1, 3), Measure.BOUNCES: (30, 80)}


@dataclass(frozen=True, kw_only=True)
class Rate:
    """So many of `sent` mails; `domain` "" stands for the whole account."""

    domain: str
    measure: Measure
    count: int
    sent: int

    @property
    def level(self) -> Level:
        """Compared in whole numbers: exactly the limit is too much already."""
        if self.sent < ENOUGH:
            return Level.TOO_FEW
        warn, stop = LIMITS[self.measure]
        if self.count * 1000 >= stop * self.sent:
            return Level.STOP
        return Level.WARN if self.count * 1000 >= warn * self.sent else Level.FINE

    @property
    def percent(self) -> float:
        """For people; 0 where nothing was sent."""
        return 100 * self.count / self.sent if self.sent else 0.0


# Sums of chunks and rows of trouble: constant in the number of recipients that went well.
_RATES: Final = """
WITH mine AS (
    SELECT c.id, lower(split_part(s.address, '@', 2)) AS domain
    FROM campaign c JOIN sender s ON s.account_id = c.account_id AND s.id = c.sender_id
    WHERE c.account_id = %(account)s AND c.first_sent_at >= %(since)s),
sent AS (
    SELECT m.domain, sum(k.sent + k.failed) AS mails
    FROM mine m JOIN chunk k ON k.account_id = %(account)s AND k.campaign_id = m.id
    WHERE k.kind = 'mail' GROUP BY 1),
reported AS (
    SELECT m.domain,
        count(DISTINCT (r.campaign_id, r.contact_id)) FILTER (WHERE r.kind = 'complaint')
            AS complaints,
        count(DISTINCT (r.campaign_id, r.contact_id)) FILTER (WHERE r.kind = 'hard') AS bounces
    FROM inbound_report r JOIN mine m ON m.id = r.campaign_id
    WHERE r.account_id = %(account)s AND r.received_at >= %(since)s GROUP BY 1),
refused AS (
    SELECT m.domain, count(*) AS bounces
    FROM mine m JOIN recipient r ON r.account_id = %(account)s AND r.campaign_id = m.id
    WHERE r.trouble = 'failed' AND r.sent_at IS NULL
      AND r.reply ~ '\\m5\\.1\\.(1|2|3|6|10)\\M' GROUP BY 1)
SELECT s.domain, s.mails::bigint, coalesce(p.complaints, 0),
    coalesce(p.bounces, 0) + coalesce(f.bounces, 0)
FROM sent s LEFT JOIN reported p USING (domain) LEFT JOIN refused f USING (domain)
WHERE s.mails > 0 ORDER BY 2 DESC"""


def rates_of(account_id: int, *, since: datetime | None = None) -> list[Rate]:
    """The account's rates, then those of each sender domain. Call inside `use_account`.

    `since` is later than thirty days ago where a brake was let go meanwhile.
    """
    start = timezone.now() - SPAN
    with connection.cursor() as cursor:
        cursor.execute(_RATES, {"account": account_id, "since": max(start, since or start)})
        rows = cursor.fetchall()
    total = ("", *(sum(row[column] for row in rows) for column in (1, 2, 3)))
    return [
        Rate(domain=domain, measure=measure, count=int(count), sent=int(sent))
        for domain, sent, complaints, bounces in (total, *rows)
        for measure, count in ((Measure.COMPLAINTS, complaints), (Measure.BOUNCES, bounces))
    ]
