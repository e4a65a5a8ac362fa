"""How long sending takes, told before it begins: from the pace of the account's last campaigns."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from campaigns.launching.showing.ending import ends_at
from campaigns.launching.showing.moments import duration, moment, opens_at
from campaigns.models import Chunk
from campaigns.sending.rates.pacing import allowed_each_day, between_mails
from marketing.models import Account

FEWEST: Final = 20  # a handful says nothing about a pace
A_PAUSE: Final = timedelta(minutes=1)  # so much longer than sending: a night or a limit is between

# Until nine of ten mails had left: whoever joined or answered days later is not its pace. The
# fastest of three, as pauses and nights only make slower. A stopped one ended when it was told to.
_FASTEST: Final = """
SELECT min(extract(epoch FROM greatest(s.ended - s.began, interval '1 second')) / s.mails)
FROM (
    SELECT k.{began} AS began, sum(c.{mails}) * 0.9 AS mails,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY c.done_at) AS ended
    FROM (SELECT id, account_id, {began} FROM campaign
          WHERE account_id = %s AND {began} IS NOT NULL AND state <> 'stopped'
          ORDER BY {began} DESC LIMIT 3) k
    JOIN chunk c ON c.account_id = k.account_id AND c.campaign_id = k.id
        AND c.kind = %s AND c.{mails} > 0 AND c.done_at IS NOT NULL
    GROUP BY k.id, k.{began}
    HAVING sum(c.{mails}) >= %s) s"""
_OF_KIND: Final = {
    Chunk.Kind.MAIL: _FASTEST.format(began="first_sent_at", mails="sent"),
    # Chunks of requests count only whom they were made for.
    Chunk.Kind.REQUEST: _FASTEST.format(began="prepared_at", mails="planned"),
}


@dataclass(frozen=True, slots=True)
class _Leaving:
    """When the last of some mails leaves, how long they take, whether a pause lies between."""

    end: datetime
    length: timedelta
    is_paused: bool


# With a pause between; before the sending hours begin; else.
_MAILS: Final = (
    "Done around {at}.",
    "Waits until {opens}, then takes {length}.",
    "Done in {length}, around {at}.",
)
_REQUESTS: Final = (
    "The last consent request leaves around {at}.",
    "Consent requests wait until {opens}, then take {length}.",
    "The last consent request leaves in {length}, around {at}.",
)


def estimate(account: Account, mails: int, *, sender: str, requests: int = 0) -> str:
    """ "Done in about 34 minutes, around 10:24."; "" while no pace is known.

    Consent requests leave first. Limits, warm-up and the nights between sending hours count; a few
    queries where there are any.
    """
    asked = _leaving(account, requests, Chunk.Kind.REQUEST, sender=sender)
    found = _leaving(account, mails, Chunk.Kind.MAIL, sender=sender, after=asked)
    return _told(account, found, _MAILS)


def estimate_of_requests(account: Account, requests: int, *, sender: str) -> str:
    """ "The last consent request leaves in about 2 minutes, around 10:24." As `estimate`."""
    found = _leaving(account, requests, Chunk.Kind.REQUEST, sender=sender)
    return _told(account, found, _REQUESTS)


def _told(account: Account, found: _Leaving | None, sentences: tuple[str, str, str]) -> str:
    if found is None:
        return ""
    around, waits, within = sentences
    opens = opens_at(account)
    sentence = around if found.is_paused else waits if opens else within
    shown = moment(found.end, account.time_zone).removeprefix("today ")
    return sentence.format(length=duration(found.length), at=shown, opens=opens)


def time_per_mail(account: Account, kind: Chunk.Kind = Chunk.Kind.MAIL) -> timedelta | None:
    """The best of the last campaigns that sent more than a handful; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_OF_KIND[kind], [account.pk, kind, FEWEST])
        [seconds] = cursor.fetchone()
    return None if seconds is None else timedelta(seconds=float(seconds))


def _leaving(
    account: Account, mails: int, kind: Chunk.Kind, *, sender: str, after: _Leaving | None = None
) -> _Leaving | None:
    """None for no mails, or while no pace is known; whoever asked nobody yet asks as it mails."""
    pace = time_per_mail(account, kind) if mails else None
    if pace is None and mails and kind is Chunk.Kind.REQUEST:
        pace = time_per_mail(account)
    if pace is None:
        return None
    before = after or _Leaving(timezone.now(), timedelta(), is_paused=False)
    each = max(pace, between_mails(account.pk, sender))
    allowed = allowed_each_day(account.pk, sender, is_request=kind is Chunk.Kind.REQUEST)
    end = ends_at(account, mails, each=each, allowed=allowed, now=before.end)
    begins = ends_at(account, 0, each=each, allowed=allowed, now=before.end)
    is_paused = end - begins - each * mails > A_PAUSE
    return _Leaving(end, before.length + each * mails, is_paused=before.is_paused or is_paused)
