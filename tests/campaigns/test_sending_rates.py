"""Rates as a mail server meets them: the whole engine, real Redis, a far end that notes times."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from campaigns.models import Campaign, SendingLimit
from campaigns.sending import running
from campaigns.sending.rates import limits, storing
from campaigns.sending.rates.choosing import Counting
from campaigns.sending.rates.models import DAY
from campaigns.sending.relays import outlets
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.lateness import lateness
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.mailwire.scripted import Script, ScriptedSink, scripted

pytestmark = pytest.mark.django_db


def forget() -> None:
    for engine in running._engines.values():
        engine.close()
    running._engines.clear()
    outlets._kept.clear()
    limits._kept.clear()


@pytest.fixture
def script() -> Script:
    return Script(keeps_octets=False)


@pytest.fixture
def sink(settings: Any, tmp_path: Path, script: Script) -> Iterator[ScriptedSink]:
    settings.STATE_DIR = tmp_path
    forget()
    with scripted(script) as far_end:
        settings.EMAIL_URL = far_end.url
        yield far_end
        forget()


def launch(account: Account, people: int, *, mails: int, seconds: int) -> Campaign:
    with use_account(account):
        campaign = make_running(account)
        make_planned(campaign, make_people(account, people))
        SendingLimit.objects.create(account=account, scope="account", mails=mails, seconds=seconds)
    return campaign


def send_all(campaign: Campaign, people: int) -> None:
    """Slice after slice, as its worker would."""
    until = time.monotonic() + 120
    while counts(campaign) != {"sent": people}:
        assert time.monotonic() < until
        running.send_chunks()


def most_in(times: list[float], seconds: float) -> int:
    """The fullest window of so many seconds."""
    return max(sum(1 for t in times if first <= t < first + seconds) for first in times)


def test_five_in_ten_seconds_is_never_more_and_hardly_less(
    acme: Account, sink: ScriptedSink
) -> None:
    campaign = launch(acme, 12, mails=5, seconds=10)
    with lateness() as late:
        send_all(campaign, 12)
    times = sorted(mail.at for mail in sink.taken)
    assert len(times) == 12
    assert most_in(times, 10 - late.between_two) == 5
    seconds = times[-1] - times[0]
    assert 20 - late.between_two <= seconds <= 21 + late.total, f"{seconds}, and {late}"


def test_fifty_a_second_are_reached_over_slow_replies(
    acme: Account, sink: ScriptedSink, settings: Any
) -> None:
    sink.script.delay = 0.2
    settings.SENDING_CONNECTIONS = 50
    campaign = launch(acme, 300, mails=50, seconds=1)
    # each mail asks Redis as it leaves: a server that waits for a core holds it up as well
    with lateness(with_work=storing.client().ping) as late:
        send_all(campaign, 300)
    times = sorted(mail.at for mail in sink.taken)
    # It is counted as it leaves; replies of 0.2 seconds shift what the far end sees.
    assert most_in(times, 1) <= 60 + 50 * late.between_two, f"{late}"
    # The first fifty leave at once; what follows is the rate.
    seconds = times[-1] - times[0]
    assert (len(times) - 50) / (seconds + late.between_two) <= 50, f"{seconds}, and {late}"
    assert (len(times) - 50) / max(1.0, seconds - 2 * late.total) >= 45, f"{seconds}, and {late}"


def test_a_used_up_day_is_not_asked_for_again_and_again(acme: Account, sink: ScriptedSink) -> None:
    """A tenth of ten is kept for requests; the tenth person waits for tomorrow, unread."""
    campaign = launch(acme, 12, mails=10, seconds=DAY)
    until = time.monotonic() + 120
    while counts(campaign) != {"sent": 9, "queued": 3}:
        assert time.monotonic() < until, counts(campaign)
        running.send_chunks(seconds=2.0)
    counting = Counting(route="shared", is_request=False)
    with use_account(acme):
        assert campaign.sender is not None
        sender = campaign.sender.address
    assert counting.held_for(acme.pk, sender) is not None
    assert Counting(route="shared", is_request=True).held_for(acme.pk, sender) is None
    assert not running.send_chunks(seconds=1.0) or counts(campaign) == {"sent": 9, "queued": 3}
