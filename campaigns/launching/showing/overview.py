"""What the Overview of a launched campaign shows: progress, consent requests, what happened."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Max, Min

from campaigns.launching.progress import Progress, people, progress_of
from campaigns.launching.showing.happenings import Asked, Told, happenings, last_sent_at
from campaigns.launching.showing.left import left_of
from campaigns.launching.showing.listing import open_until
from campaigns.launching.showing.moments import day, moment, opens_at, share
from campaigns.launching.showing.troubles import troubles_of
from campaigns.models import Campaign, CampaignEvent
from campaigns.sending.rates.forecasting import UsedUp, used_up
from consent.models import ConsentRequest
from marketing.bars import BarPart, bar_parts
from marketing.models import Account

State = Campaign.State
_UNCOUNTED = (State.DRAFT, State.SCHEDULED, State.PREPARING)
_LATELY = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of Consent requests."""

    label: str
    kind: str
    number: int
    rate: str
    bar: tuple[BarPart, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The running card and what stands below it; `is_counted` once everybody is fixed."""

    progress: Progress
    headline: str
    detail: str
    answers: tuple[Answer, ...]
    open_until: str
    paused: str
    happened: list[dict[str, Any]]
    fingerprint: str
    is_counted: bool

    @property
    def is_asking(self) -> bool:
        """Somebody was asked."""
        return bool(self.answers)


def overview_of(campaign: Campaign, account: Account) -> Overview:
    """Counts of chunks, requests, events, troubles, the last mail: five queries, more sending."""
    progress = progress_of(campaign)
    asked = _requests(campaign)
    events = list(
        CampaignEvent.objects.for_account(account).filter(campaign=campaign).order_by("-id")[:50]
    )
    headline, detail = _headline(campaign, progress, account.time_zone)
    if campaign.state == State.SENDING:
        headline, detail = left_of(campaign, account, progress, events)
    if campaign.state == State.SENDING and progress.queued and (opens := opens_at(account)):
        headline, detail = f"Waits until {opens}", "Outside your sending hours nothing leaves."
    elif full := _used_up(campaign, progress):
        goes_on = moment(full.until, account.time_zone)
        headline, detail = "Daily limit reached", f"{full.why}. It goes on {goes_on}."
    if campaign.state == State.SENDING and (away := _server_away(events)):
        headline, _, said = away.partition(". ")
        detail = f"Everybody stays queued. Sending goes on by itself. {said}".strip()
    zone, troubles = account.time_zone, troubles_of(campaign)
    told = Told(
        events=events,
        troubles=troubles,
        progress=progress,
        asked=asked,
        last_sent_at=last_sent_at(campaign) if progress.sent else None,
    )
    answered = sorted(asked.counts.items())
    state = (campaign.state, progress, answered, headline, len(events), troubles)
    return Overview(
        progress=progress,
        headline=headline,
        detail=detail,
        answers=_answers(asked.counts),
        open_until=day(open_until(campaign), account.time_zone),
        paused=_paused(campaign, events, zone),
        happened=happenings(campaign, told, zone),
        fingerprint=hashlib.sha256(repr(state).encode()).hexdigest()[:16],
        is_counted=_is_counted(campaign),
    )


def _is_counted(campaign: Campaign) -> bool:
    """While people are being fixed a sum of some, or of none, would look like a failed launch."""
    is_paused = campaign.state == State.PAUSED
    state = campaign.state_before_pause if is_paused else campaign.state
    return campaign.prepared_at is not None or state not in _UNCOUNTED


def _paused(campaign: Campaign, events: list[CampaignEvent], zone: str) -> str:
    """Who paused it and when, or what held it at its hour."""
    if campaign.state != State.PAUSED:
        return ""
    at = next((event.at for event in events if event.what in {"paused", "held"}), None)
    why = campaign.paused_why.rstrip(".") or "Paused"
    return f"{why}, {moment(at, zone)}." if at else f"{why}."


def _used_up(campaign: Campaign, progress: Progress) -> UsedUp | None:
    """The day's number that holds this campaign."""
    if campaign.state != State.SENDING or not progress.queued or campaign.sender is None:
        return None
    return used_up(campaign.account_id, campaign.sender.address)


def _server_away(events: list[CampaignEvent]) -> str:
    """What sending wrote of the server that is away; "" once it is back, or somebody resumed."""
    told = (event for event in events if event.what in {"server_away", "server_back", "resumed"})
    last = next(told, None)
    return last.text if last is not None and last.what == "server_away" else ""


def _requests(campaign: Campaign) -> Asked:
    counted = list(
        ConsentRequest.objects.for_account(campaign.account_id)
        .filter(campaign_id=campaign.pk)
        .values("state")
        .annotate(
            count=Count("pk"),
            asked=Count("asked_at"),
            first=Min("asked_at"),
            last=Max("asked_at"),
        )
        .order_by()
    )
    return Asked(
        counts={row["state"]: row["count"] for row in counted},
        number=sum(row["asked"] for row in counted),
        first=min((row["first"] for row in counted if row["first"]), default=None),
        last=max((row["last"] for row in counted if row["last"]), default=None),
    )


def _answers(requests: dict[str, int]) -> tuple[Answer, ...]:
    states = ConsentRequest.State
    agreed, refused = requests.get(states.AGREED, 0), requests.get(states.REFUSED, 0)
    left, silent = requests.get(states.LEFT, 0), requests.get(states.ASKED, 0)
    expired = requests.get(states.EXPIRED, 0)
    asked = agreed + refused + left + silent + expired
    waiting = requests.get(states.OPEN, 0)
    failed = requests.get(states.NOT_DELIVERED, 0)
    if not asked + waiting + failed:
        return ()
    lines = [
        ("Asked", "queued", asked, True),
        ("Agreed", "sent", agreed, True),
        ("Refused", "never", refused, True),
        ("Left", "never", left, left > 0),
        ("No answer yet", "pending", silent + expired, True),
        ("Not sent yet", "queued", waiting, waiting > 0),
        ("Not delivered", "errors", failed, failed > 0),
    ]
    return tuple(
        Answer(label, kind, number, _of_asked(label, number, asked), _bar(kind, number, asked))
        for label, kind, number, shown in lines
        if shown
    )


def _of_asked(label: str, number: int, asked: int) -> str:
    rate = share(number, asked)
    return f"{rate} of asked" if rate and label not in ("Asked", "Not sent yet") else ""


def _bar(kind: str, number: int, asked: int) -> tuple[BarPart, ...]:
    return bar_parts([(kind, number)], total=max(asked, number, 1))


def _headline(campaign: Campaign, progress: Progress, zone: str) -> tuple[str, str]:
    match campaign.state:
        case State.DRAFT:
            return "Draft", "Nobody is counted before the launch."
        case State.SCHEDULED:
            return "Scheduled", moment(campaign.scheduled_at, zone)
        case State.PREPARING:
            return "Preparing", "Everybody in the segments is looked at once."
        case State.PAUSED:
            return "Paused", f"{people(progress.queued)} still queued" if progress.queued else ""
        case State.STOPPED:
            return "Stopped", f"{people(progress.stopped)} will not get this campaign."
        case State.FINISHED:
            return "Finished", moment(campaign.finished_at, zone)
        case State.WAITING:
            return _waiting(campaign, progress, zone)
    return "Sending", ""


def _waiting(campaign: Campaign, progress: Progress, zone: str) -> tuple[str, str]:
    if not progress.pending and campaign.keep_sending and campaign.keep_sending_until:
        until = campaign.keep_sending_until
        return "Nobody is queued", f"New people are looked for until {until.day} {until:%b %Y}."
    have = "has" if progress.pending == 1 else "have"
    silent = f"{people(progress.pending)} {have} not answered."
    return "Nobody is queued", f"{silent} Open until {day(open_until(campaign), zone)}."
