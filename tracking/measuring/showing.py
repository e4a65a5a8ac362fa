"""Whether measuring is well: what waits, what was dropped, judging anew, the last recount."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection

from campaigns.launching.showing.moments import moment
from marketing.models import Account
from tracking.endpoint.backlog import redis_url_of, waiting_in
from tracking.judging.rules import RULES_VERSION
from tracking.models import Recount, Rejudging


@dataclass(frozen=True, slots=True)
class Line:
    """One finding; `is_well` chooses icon and colour."""

    label: str
    text: str
    is_well: bool


def lines_of(account: Account) -> list[Line]:
    """All findings; inside `use_account`."""
    return [*_stored(), _folded(account), _rules(account), *_recounted(account)]


def rules_shown(account_id: int, version: str) -> str:
    """The version that figures show, and how far older figures are on their way to it."""
    progress = Rejudging.objects.for_account(account_id).filter(finished_at=None).first()
    if progress is None or not version:
        return version
    return f"{version}, so far for {progress.done:,} of {progress.people:,} people of all campaigns"


def _stored() -> list[Line]:
    found = waiting_in(redis_url_of(settings.REDIS_URL))
    if found is None:
        return [
            Line("Requests", "Redis is away: events wait nowhere if the database stops.", False)
        ]
    lines = []
    if found.events:
        text = f"{found.events:,} events of all accounts wait until the database takes them."
        lines.append(Line("Requests", text, False))
    if found.dropped:
        text = f"{found.dropped:,} events were lost: there was no room for them to wait."
        lines.append(Line("Requests", text, False))
    return lines or [Line("Requests", "Every request is stored before it is answered.", True)]


def _folded(account: Account) -> Line:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT min(at) < now() - interval '5 minutes', min(at) FROM tracking_event
               WHERE account_id = %s AND folded_at IS NULL""",
            [account.pk],
        )
        is_late, oldest = cursor.fetchone()
    if not is_late:
        return Line("Figures", "Everything is counted within minutes.", True)
    at = moment(oldest, account.time_zone)
    return Line("Figures", f"Not counted yet: requests since {at}.", False)


def _rules(account: Account) -> Line:
    """Figures made by older rules are said to be so."""
    progress = Rejudging.objects.for_account(account).first()
    if progress is None or (progress.finished_at and progress.version == RULES_VERSION):
        return Line("Rules", f"All figures are made by the rules of {RULES_VERSION}.", True)
    return Line(
        "Rules",
        f"Figures are being made anew by the rules of {RULES_VERSION}:"
        f" {progress.done:,} of {progress.people:,} people.",
        True,
    )


def _recounted(account: Account) -> list[Line]:
    last = Recount.objects.for_account(account).first()
    if last is None:
        return [
            Line("Recount", "Sums are compared with their rows every night; not yet done.", True)
        ]
    at = moment(last.at, account.time_zone)
    if not last.differences:
        text = f"{at}: the sums of {last.campaigns:,} campaigns equal the rows behind them."
        return [Line("Recount", text, True)]
    return [
        Line("Recount", f"{at}, campaign {found['campaign']}: {found['text']}.", False)
        for found in last.differences
    ]
