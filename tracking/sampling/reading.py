"""Who opens and clicks in the sample: events as the endpoint stores them, judged and folded."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils import timezone

from campaigns.models import Link, Recipient
from tracking.endpoint.storing import Batch, Event, store
from tracking.folding.folding import fold
from tracking.judging.tables import network_of
from tracking.sampling.answering import PHONE
from tracking.sampling.running import Run

_DESK = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Safari/537.36"
)
_PROXY = "Mozilla/5.0"  # the bare string of a mail program that loads pictures for its users
_SCANNER = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0"
# How likely people look into their mail, by hour of their day.
_AWAKE = (
    *(0.05, 0.03, 0.02, 0.02, 0.05, 0.2, 0.5, 0.8, 1.0, 1.0, 0.9, 0.8),
    *(0.9, 0.8, 0.7, 0.6, 0.6, 0.7, 0.8, 0.9, 0.9, 0.7, 0.4, 0.15),
)
_HEADERS = "lang fetch"


def read(run: Run, *, opened: float, proxied: float, clicked: float, scanned: float) -> None:
    """Let shares of those who got it open, click, or be opened by machines; then fold.

    Events of people who may not be measured are dropped by the statement that stores them.
    """
    links = list(
        Link.objects.for_account(run.account_id)
        .filter(campaign_id=run.campaign.pk)
        .values_list("number", flat=True)
    )
    got = Recipient.objects.for_account(run.account_id).filter(
        campaign_id=run.campaign.pk, sent_at__isnull=False, trouble=None
    )
    events: list[Event] = []
    for contact, sent_at in got.order_by("contact_id").values_list("contact_id", "sent_at"):
        assert sent_at is not None  # noqa: S101 - filtered above
        chance = run.chance.random()
        base = _event(run, contact, sent_at)
        if chance < opened:
            events += _person(run, base, links if run.chance.random() < clicked else [])
        elif chance < opened + proxied:
            events.append(replace(base, at=_later(run, sent_at, 0.2), agent=_PROXY))
        elif chance < opened + proxied + scanned:
            events += _machine(base, links)
    now = timezone.now()
    with connection.cursor() as cursor:
        store(cursor, [Batch(tuple(event for event in events if event.at < now))])
    while fold(run.account_id):
        pass


def _person(run: Run, base: Event, links: list[int]) -> Iterator[Event]:
    at = _later(run, base.at, 6)
    agent = run.chance.choice((PHONE, _DESK))
    seen = replace(base, at=at, agent=agent, signals=_HEADERS)
    yield seen
    for again in range(run.chance.choice((0, 0, 0, 1, 2))):
        yield replace(seen, at=at + timedelta(hours=5 * (again + 1)))
    some = min(len(links), run.chance.choice((1, 1, 2)))
    for number in sorted(run.chance.sample(links, some)):
        pressed = at + timedelta(seconds=25 + 40 * number)
        yield replace(seen, at=pressed, kind="click", number=number)


def _machine(base: Event, links: list[int]) -> Iterator[Event]:
    """A scanner opens the mail and every link a moment after it came."""
    at = base.at + timedelta(seconds=1)
    seen = replace(base, at=at, agent=_SCANNER)
    yield seen
    for number in links:
        yield replace(seen, kind="click", number=number, at=at + timedelta(seconds=number / 10))


def _event(run: Run, contact: int, at: datetime) -> Event:
    ip = f"203.0.{run.chance.randint(1, 250)}.{run.chance.randint(1, 250)}"
    return Event(
        account=run.account_id,
        campaign=run.campaign.pk,
        contact=contact,
        at=at,
        kind="open",
        number=0,
        method="GET",
        ip=ip,
        network=network_of(ip),
        agent="",
        signals="",
    )


def _later(run: Run, sent_at: datetime, days: float) -> datetime:
    """Most within hours, some after days; few at night, most in the morning and the evening."""
    zone = ZoneInfo(run.crew.account.time_zone)
    for _ in range(6):
        delay = timedelta(minutes=3) + timedelta(days=days * run.chance.random() ** 4)
        at = sent_at + delay
        if run.chance.random() < _AWAKE[at.astimezone(zone).hour]:
            break
    return at
