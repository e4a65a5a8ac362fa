"""What dead workers leave on the disk: swept when decided, kept while it may still decide."""

import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from campaigns.launching.stopping import stop
from campaigns.models import Chunk, DueRecipient, Recipient
from campaigns.recipients import moving
from campaigns.recipients.moving import Became, Change, Fence
from campaigns.sending import running, sweeping, workers
from mailwire.journal import Journal, Mark
from marketing.models import Account, Member
from marketing.tenancy import use_account
from tests.campaigns import slices
from tests.campaigns.launching_making import launched, make_draft
from tests.campaigns.launching_making import make_people as launching_people
from tests.campaigns.sending_making import counts, make_people, make_planned, make_running


@pytest.fixture(autouse=True)
def own_state(settings: Any, tmp_path: Path) -> None:
    settings.STATE_DIR = tmp_path
    settings.EMAIL_URL = ""
    running._engines.clear()


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


def dead_holder(chunk: Chunk, *marks: Mark) -> None:
    """The chunk as a killed worker leaves it, and its journal."""
    Chunk.objects.for_account(chunk.account_id).filter(pk=chunk.pk).update(
        worker="host.1-1", generation=1
    )
    folder = workers.folder("journal")
    with Journal(folder, f"chunk-{chunk.pk}", generation=1, size=len(marks)) as journal:
        for position, mark in enumerate(marks):
            journal.mark(position, mark)


def test_what_a_dead_worker_sent_before_the_stop_is_written_down(
    acme: Account, emil: Member
) -> None:
    with use_account(acme):
        campaign = make_running(acme)
        people = make_people(acme, 4)
        chunk = make_planned(campaign, people)[0]
        marks = (Mark.ACCEPTED, Mark.BODY_ON_THE_WIRE, Mark.UNTOUCHED, Mark.ACCEPTED)
        dead_holder(chunk, *marks)
    moving.close(acme.pk, [(campaign.pk, people[3].pk)], reason="unsubscribed")
    stop(campaign, by=emil)
    slices.send_chunks()
    assert mail.outbox == []
    assert counts(campaign) == {"sent": 2, "unknown": 1, "queued": 1}
    with use_account(acme):
        assert not Chunk.objects.for_account(acme).filter(done_at=None).exists()


def test_who_was_asked_by_a_dead_worker_is_not_asked_by_the_next_campaign(
    acme: Account, emil: Member
) -> None:
    launching_people(acme, 2)
    campaign = launched(make_draft(acme, emil, require_consent=True), emil)
    with use_account(acme):
        chunk = Chunk.objects.for_account(acme).get(kind="request")
        dead_holder(chunk, Mark.ACCEPTED, Mark.UNTOUCHED)
    stop(campaign, by=emil)
    slices.send_chunks()
    launched(make_draft(acme, emil, require_consent=True, name="Next"), emil)
    slices.send_chunks()
    assert [message.to for message in mail.outbox] == [["p2@example.test"]]
