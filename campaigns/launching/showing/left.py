"""How much longer a campaign that sends takes: by its own pace, without its pauses.

Sending hours, limits and warm-up of the days to come count.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Sum
from django.utils import timezone

from campaigns.launching.progress import Progress
from campaigns.launching.showing.ending import ends_at
from campaigns.launching.showing.moments import duration, moment
from campaigns.launching.showing.pace import A_PAUSE
from campaigns.models import Campaign, CampaignEvent, Chunk
from campaigns.sending.rates.forecasting import forecast
from campaigns.sending.rates.pacing import allowed_each_day
from marketing.models import Account

_LATELY: Final = timedelta(minutes=10)
_SOON: Final = timedelta(seconds=60)


def left_of(
    campaign: Campaign, account: Account, progress: Progress, events: Sequence[CampaignEvent]
) -> tuple[str, str]:
    """ "About 11 minutes left" and "1,200 a minute, ends around 10:24". `events`: newest first."""
    began: datetime | None = campaign.first_sent_at or campaign.prepared_at
    resumed = next((event.at for event in events if event.what == "resumed"), None)
    now = timezone.now()
    since = max(began, resumed) if began and resumed else began
    if began is None or since is None or now - since < _SOON or not progress.sent:
        return "Working out how long it takes", ""
    each = _lately(campaign, now, since) or (now - began - _paused(events, began)) / progress.sent
    sender = campaign.sender.address if campaign.sender else ""
    allowed = allowed_each_day(account.pk, sender)
    end = ends_at(account, progress.queued, each=each, allowed=allowed, now=now)
    shown = moment(end, account.time_zone).removeprefix("today ")
    pace = f"{max(1, round(timedelta(minutes=1) / each)):,} a minute"
    if end - now - each * progress.queued <= A_PAUSE:
        return f"{duration(end - now).capitalize()} left", f"{pace}, ends around {shown}"
    limited = forecast(account.pk, sender, progress.queued)
    why = f". {limited.words}" if limited else " in your sending hours"
    return f"Ends around {shown}", f"{pace}{why}"


def _lately(campaign: Campaign, now: datetime, since: datetime) -> timedelta | None:
    """The pace of the chunks that ended lately: a night does not count."""
    window = min(_LATELY, now - since)
    ended = Chunk.objects.for_account(campaign.account_id).filter(
        campaign_id=campaign.pk, kind=Chunk.Kind.MAIL, done_at__gte=now - window
    )
    sent = ended.aggregate(sent=Sum("sent"))["sent"]
    return window / sent if sent else None


def _paused(events: Sequence[CampaignEvent], began: datetime) -> timedelta:
    """How long it was paused since it began."""
    total, paused_at = timedelta(), None
    for event in reversed(events):
        if event.what == "paused":
            paused_at = max(event.at, began)
        elif event.what == "resumed" and paused_at is not None:
            total, paused_at = total + max(timedelta(), event.at - paused_at), None
    return total
