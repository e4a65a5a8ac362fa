"""A real Celery worker with its own beat: a child is killed, then the worker is asked to end."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.conf import settings

from campaigns.models import Campaign, Chunk, Recipient
from campaigns.sending.running import MARK_EVERY
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running
from tests.crash.sink import Sink
from tests.crash.workers import ROOT, environment, until

pytestmark = [
    pytest.mark.crash,
    pytest.mark.django_db(transaction=True),
]


@contextmanager
def celery(state: Path, email_url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker for all queues, on a Redis database of its own."""
    path = str(settings.REDIS_URL).partition("?")[0]
    is_socket = path.startswith("redis+socket:")
    url = f"{path}?virtual_host=11" if is_socket else f"{path.rpartition('/')[0]}/11"
    command = [sys.executable, "-m", "celery", "-A", "settings.celery", "worker", "-B"]
    options = ["-Q", "send,now,default", "-c", "3", "--without-gossip", "--without-mingle"]
    with (state / "celery.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, *options, "-l", "WARNING"],
            env=environment(state, email_url) | {"REDIS_URL": url},
            cwd=ROOT,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def senders(campaign: Campaign) -> list[int]:
    """Process ids that hold a lease of the campaign now."""
    with use_account(campaign.account_id):
        leased = Chunk.objects.for_account(campaign.account_id).filter(lease_until__isnull=False)
        names = leased.values_list("worker", flat=True)
        return [int(name.rpartition(".")[2].partition("-")[0]) for name in names if name]


def test_a_killed_child_and_a_shutdown_lose_and_double_nobody(
    acme: Account, tmp_path: Path
) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 1000)
        make_planned(campaign, people, size=100)
    with Sink(delay=0.01) as sink:
        with celery(tmp_path, sink.url) as worker:
            until(lambda: len(sink.accepted) > 200, seconds=120, what="200 mails")
            until(lambda: bool(senders(campaign)), seconds=30, what="somebody sends")
            killed = senders(campaign)[0]
            os.kill(killed, signal.SIGKILL)
            seen = len(sink.accepted)
            until(lambda: len(sink.accepted) > seen + 200, seconds=120, what="it goes on")
            worker.send_signal(signal.SIGTERM)
            worker.wait(timeout=60)
        # The dead child's lease is the reaper's, perhaps after the restart.
        assert set(senders(campaign)) <= {killed}, "whoever was asked to end left no lease"
        # The dead child's last marks stand in its journal until somebody takes over.
        until_now = counts(campaign)
        written = until_now["sent"] + until_now.get("unknown", 0)
        assert written >= len(sink.accepted) - MARK_EVERY - 4
        with celery(tmp_path, sink.url):
            until(lambda: counts(campaign).get("queued", 0) == 0, seconds=180, what="nobody queued")
        copies = sink.copies()
    assert max(copies.values()) == 1
    with use_account(acme):
        rows = list(Recipient.objects.for_account(acme).filter(campaign_id=campaign.pk))
    unknown = {row.address for row in rows if row.trouble == "unknown"}
    sent = {row.address for row in rows if row.sent_at is not None}
    assert len(unknown) <= 4
    assert sent | unknown == {person.address for person in people}
    assert sent <= set(copies) <= sent | unknown
