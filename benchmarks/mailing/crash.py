"""crash: kill -9 of a worker with all its processes in mid-run; who got the mail, and how often."""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings

from benchmarks import sink
from benchmarks.mailing import whole, workers
from benchmarks.rows import Row
from benchmarks.sink import Sink
from campaigns.models import Campaign, Recipient
from campaigns.sending import dispatching
from marketing.tenancy import use_account

PEOPLE = 20_000
KILLS = 3
_PATIENCE = 300.0


def rows() -> Iterator[Row]:
    """Goal 6: nobody lost or doubled; who was on the wire is listed as Outcome unknown."""
    with tempfile.TemporaryDirectory() as folder:
        received = Path(folder) / "received"
        with sink.running(recipients=received) as far:
            campaign = whole.make_campaign(PEOPLE)
            _send_with_kills(campaign, far)
        copies = Counter(re.findall("<([^>]*)>", received.read_text()))
    sent, unknown = _outcomes(campaign)
    lost = sum(1 for address in sent if not copies[address])
    doubled = sum(1 for count in copies.values() if count > 1)
    once = len(sent | unknown) - lost - doubled
    lines = KILLS * workers.PROCESSES * workers.CONNECTIONS
    yield Row(
        name=f"crash: written to once or listed, {KILLS} x kill -9",
        value=once,
        unit="people",
        reference=PEOPLE,
        against="everybody planned; smaller than 1 is a fault",
        ratio=once / PEOPLE,
        note=f"lost {lost}, doubled {doubled}, unknown {len(unknown)} of at most {lines}",
    )


def _send_with_kills(campaign: Campaign, far: Sink) -> None:
    """Each worker but the last is killed when it has sent its share."""
    state: Path = settings.STATE_DIR  # the reaper's too, who looks there for the dead
    for kill in range(1, KILLS + 1):
        with workers.running(far, state) as run:
            _ring_until(run, partial(_has_taken, far, PEOPLE * kill // (KILLS + 1)))
    with workers.running(far, state) as run:
        _ring_until(run, lambda: whole.queued(campaign) == 0)


def _has_taken(far: Sink, count: int) -> bool:
    return far.messages >= count


def _ring_until(run: workers.Workers, condition: Callable[[], bool]) -> None:
    """As beat does each second: free the leases of the dead, ring for open chunks."""
    began = time.monotonic()
    while not condition():
        run.check()
        if time.monotonic() - began > _PATIENCE:
            raise TimeoutError("The campaign does not go on")
        for _ in range(dispatching.needed().send):
            whole.ring()
        _watch(condition, seconds=1.0)


def _watch(condition: Callable[[], bool], *, seconds: float) -> None:
    ends_at = time.monotonic() + seconds
    while time.monotonic() < ends_at and not condition():
        time.sleep(0.01)


def _outcomes(campaign: Campaign) -> tuple[set[str], set[str]]:
    with use_account(campaign.account_id):
        recipients = Recipient.objects.for_account(campaign.account_id)
        rows = recipients.filter(campaign_id=campaign.pk)
        sent = set(rows.filter(sent_at__isnull=False).values_list("address", flat=True))
        unknown = set(rows.filter(trouble="unknown").values_list("address", flat=True))
    return sent - unknown, unknown
