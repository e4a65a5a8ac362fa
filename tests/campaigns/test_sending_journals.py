"""What dead workers leave on the disk: swept when decided, kept while it may still decide."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from campaigns.models import Chunk, DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change, Fence
from campaigns.sending import sweeping, workers
from mailwire.journal import Journal, Mark
from marketing.models import Account
from marketing.tenancy import use_account
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path


def left_behind(name: str, *, hours: float) -> Path:
    """A journal whose holder died that long ago."""
    folder = workers.folder("journal")
    with Journal(folder, name, generation=1, size=1) as journal:
        journal.mark(0, Mark.BODY_ON_THE_WIRE)
    path = folder / f"{name}.1.journal"
    then = time.time() - hours * 3600
    os.utime(path, (then, then))
    return path


def test_journals_go_when_their_outcome_is_written_and_stay_while_it_is_open(
    acme: Account,
) -> None:
    with use_account(acme):
        campaign = make_running(acme, state="paused")
        people = make_people(acme, 2)
        chunk = make_planned(campaign, people)[0]
        Recipient.objects.for_account(acme).update(attempts=1)
    prefix = f"due-mail-{acme.pk}-{campaign.pk}"
    decided = left_behind(f"{prefix}-{people[0].pk}-0", hours=2)  # one attempt is written since
    still_open = left_behind(f"{prefix}-{people[1].pk}-1", hours=24 * 30)
    somebody_gone = left_behind(f"due-request-{acme.pk}-{campaign.pk}-{people[0].pk}-0", hours=2)
    young = left_behind(f"{prefix}-{people[0].pk}-7", hours=0.5)
    of_chunk = left_behind(f"chunk-{chunk.pk}", hours=2)
    assert sweeping.sweep() == 2
    assert not decided.exists()
    assert not somebody_gone.exists()
    assert still_open.exists()
    assert young.exists()
    assert of_chunk.exists()
    with use_account(acme):
        Chunk.objects.for_account(acme).update(done_at=timezone.now())
    assert sweeping.sweep() == 1
    assert not of_chunk.exists()


def test_an_accepted_mail_counts_although_the_campaign_was_stopped_meanwhile(
    acme: Account,
) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 2)
        make_planned(campaign, people)
        DueRecipient.objects.for_account(acme).delete()  # as stopping does
    fence = Fence(account_id=acme.pk, campaign_id=campaign.pk, chunk_id=None, generation=3)
    changes = [
        Change(contact_id=people[0].pk, became=Became.SENT),
        Change(contact_id=people[1].pk, became=Became.RETRY, due_at=timezone.now()),
    ]
    assert moving.mark(fence, changes) == 1
    assert counts(campaign) == {"sent": 1, "queued": 1}
