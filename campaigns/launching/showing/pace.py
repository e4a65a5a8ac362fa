"""How long sending takes, told before it begins: from the pace of the account's last campaigns."""

from datetime import timedelta
from typing import Final

from django.db import connection
from django.utils import timezone

from campaigns.launching.showing.ending import ends_at
from campaigns.launching.showing.moments import duration, moment, opens_at
from campaigns.sending.rates.pacing import allowed_each_day, between_mails
from marketing.models import Account

FEWEST: Final = 20  # a handful says nothing about a pace
A_PAUSE: Final = timedelta(minutes=1)  # so much longer than sending: a night or a limit is between

# Until nine of ten mails had left: whoever joined or answered days later is not its pace. The
# fastest of three, as pauses and nights only make slower. A stopped one ended when it was told to.
_FASTEST: Final = """
SELECT min(extract(epoch FROM greatest(s.ended - s.began, interval '1 second')) / s.sent)
FROM (
    SELECT k.first_sent_at AS began, sum(c.sent) * 0.9 AS sent,
           percentile_disc(0.9) WITHIN GROUP (ORDER BY c.done_at) AS ended
    FROM (SELECT id, account_id, first_sent_at FROM campaign
          WHERE account_id = %s AND first_sent_at IS NOT NULL AND state <> 'stopped'
          ORDER BY first_sent_at DESC LIMIT 3) k
    JOIN chunk c ON c.account_id = k.account_id AND c.campaign_id = k.id
        AND c.kind = 'mail' AND c.sent > 0 AND c.done_at IS NOT NULL
    GROUP BY k.id, k.first_sent_at
    HAVING sum(c.sent) >= %s) s"""


def estimate(account: Account, mails: int, *, sender: str) -> str:
    """ "Done in about 34 minutes, around 10:24."; "" while no pace is known.

    Limits, warm-up and the nights between sending hours count; three queries where there are any.
    """
    pace = time_per_mail(account) if mails else None
    if pace is None:
        return ""
    now, each = timezone.now(), max(pace, between_mails(account.pk, sender))
    allowed, length = allowed_each_day(account.pk, sender), each * mails
    end = ends_at(account, mails, each=each, allowed=allowed, now=now)
    begins = ends_at(account, 0, each=each, allowed=allowed, now=now)
    shown = moment(end, account.time_zone).removeprefix("today ")
    if end - begins - length > A_PAUSE:
        return f"Done around {shown}."
    if opens := opens_at(account):
        return f"Waits until {opens}, then takes {duration(length)}."
    return f"Done in {duration(length)}, around {shown}."


def time_per_mail(account: Account) -> timedelta | None:
    """The best of the last campaigns that sent more than a handful; None if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_FASTEST, [account.pk, FEWEST])
        [seconds] = cursor.fetchone()
    return None if seconds is None else timedelta(seconds=float(seconds))
