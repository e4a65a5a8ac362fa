"""Reports that wait for a person, newest first, a page at a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from campaigns.models import OwnRelay
from marketing.models import Contact
from marketing.queries import number_in
from tracking.inbound.hooks import VIEWS
from tracking.inbound.models import InboundReport

PAGE: Final = 25
_ALARMED: Final = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """One report, and the contact it is about: "" where it was deleted."""

    report: InboundReport
    address: str


@dataclass(frozen=True)
class Page:
    """`older` is the number to ask from, 0 where there are no more."""

    lines: list[Waiting]
    older: int


def own_provider(account_id: int) -> str:
    """The account's own provider, else the one that hides behind the most mail servers."""
    relay = OwnRelay.objects.for_account(account_id).filter(kind=OwnRelay.Kind.PROVIDER).first()
    return relay.provider if relay and relay.provider in VIEWS else "amazon_ses"


@dataclass(frozen=True)
class Alarm:
    """What servers said when they refused mail for our sake, or that somebody abused our name."""

    status: str
    words: str
    reports: int
    last_at: datetime


def alarms_of(account_id: int) -> list[Alarm]:
    """Of the last week, the most frequent first; call inside `use_account`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT status, coalesce(nullif(left(diagnostic, 160), ''), subject), count(*),
                max(received_at)
            FROM inbound_report WHERE account_id = %s AND alarm AND received_at > %s
            GROUP BY 1, 2 ORDER BY 3 DESC, 4 DESC LIMIT 10""",
            [account_id, timezone.now() - _ALARMED],
        )
        return [Alarm(*row) for row in cursor.fetchall()]


def page_of(account_id: int, before: str = "") -> Page:
    """The page of reports before a number; two queries. Call inside `use_account`."""
    rows = InboundReport.objects.for_account(account_id).filter(needs_review=True).order_by("-id")
    if number := number_in(before):
        rows = rows.filter(id__lt=number)
    found = list(rows[: PAGE + 1])
    shown = found[:PAGE]
    contacts = Contact.objects.for_account(account_id).filter(
        pk__in={report.contact_id for report in shown}
    )
    addresses = dict(contacts.values_list("pk", "address"))
    lines = [Waiting(report, addresses.get(report.contact_id, "")) for report in shown]
    return Page(lines, shown[-1].pk if len(found) > PAGE else 0)
