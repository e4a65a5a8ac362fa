"""What happened, newest first: the campaign's events, and what its mails and requests came to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Max

from campaigns.launching.progress import Progress
from campaigns.launching.showing.moments import moment
from campaigns.launching.showing.troubles import Trouble, trouble_line
from campaigns.models import Campaign, CampaignEvent, Chunk

_LOOKS: Final = {
    "launched": ("player-play", "grey"),
    "scheduled": ("calendar", "blue"),
    "prepared": ("users", "grey"),
    "paused": ("player-pause", "orange"),
    "held": ("alert-triangle", "amber"),
    "resumed": ("player-play", "green"),
    "stopped": ("player-stop", "slate"),
    "finished": ("check", "green"),
    "waiting": ("hourglass", "amber"),
    "joined": ("users", "blue"),
    "drafted": ("pencil", "grey"),
    "test": ("mail-forward", "grey"),
    "server_away": ("alert-triangle", "amber"),
    "server_back": ("check", "green"),
}
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Asked:
    """Consent requests by state, and when the first and the last one was accepted."""

    counts: dict[str, int]
    number: int = 0
    first: datetime | None = None
    last: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Everything a timeline is made of."""

    events: list[CampaignEvent]
    troubles: list[Trouble]
    progress: Progress
    asked: Asked
    last_sent_at: datetime | None


def last_sent_at(campaign: Campaign) -> datetime | None:
    """When the last chunk with an accepted mail ended; one query."""
    chunks = Chunk.objects.for_account(campaign.account_id).filter(
        campaign_id=campaign.pk, kind=Chunk.Kind.MAIL, sent__gt=0
    )
    last: datetime | None = chunks.aggregate(last=Max("done_at"))["last"]
    return last or campaign.first_sent_at


def happenings(campaign: Campaign, told: Told, zone: str) -> list[dict[str, Any]]:
    """Lines for components/timeline.html; what has no moment comes last."""
    dated = [
        *((event.at, _line(event, zone)) for event in told.events),
        *((trouble.last, trouble_line(trouble, zone)) for trouble in told.troubles),
        *_mails(campaign, told, zone),
    ]
    return [line for _, line in sorted(dated, key=lambda one: one[0] or _NEVER, reverse=True)]


def _mails(
    campaign: Campaign, told: Told, zone: str
) -> Iterator[tuple[datetime | None, dict[str, Any]]]:
    sent, asked = told.progress.sent, told.asked
    if sent:
        when = span(campaign.first_sent_at, told.last_sent_at, zone)
        title = f"{sent:,} mail{'' if sent == 1 else 's'} accepted"
        yield told.last_sent_at, _look("send", "green", title, when)
    if asked.number:
        when = span(asked.first, asked.last, zone)
        title = f"{asked.number:,} consent request{'' if asked.number == 1 else 's'} sent"
        yield asked.last, _look("mail", "blue", title, when)


def span(first: datetime | None, last: datetime | None, zone: str) -> str:
    """ "today 09:50 to 09:54"; one moment where both read the same."""
    since, until = moment(first, zone), moment(last, zone)
    if not since or since == until:
        return until
    day, _, _ = since.rpartition(" ")
    return f"{since} to {until.removeprefix(day).strip()}" if day else f"{since} to {until}"


def _line(event: CampaignEvent, zone: str) -> dict[str, Any]:
    icon, family = _LOOKS.get(event.what, ("history", "grey"))
    return _look(icon, family, event.text, moment(event.at, zone))


def _look(icon: str, family: str, title: str, detail: str) -> dict[str, Any]:
    return {"icon": icon, "family": family, "title": title, "detail": detail}
