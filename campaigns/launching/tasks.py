"""Bells of launching: tasks carry ids, decide nothing, and may be lost, doubled or late."""

from celery import current_app, shared_task
from django.db import transaction
from django.utils import timezone

from campaigns.launching import advancing, joining, launch, preparing, waiting
from marketing.tasks import hand_over_mail

# Rung by name: sending is another room of this app, and a lost bell is rung again by its beat.
SEND = ("campaigns.sending.send", "send")
SEND_NOW = ("campaigns.sending.send_due", "now")
SEND_TESTS = ("campaigns.sending.send_tests", "now")


def ring(bell: tuple[str, str]) -> None:
    """Ring for sending after the open transaction, if any, was committed.

    Without a broker nothing is lost but seconds: beat finds the rows by their state.
    """
    name, queue = bell
    transaction.on_commit(
        lambda: current_app.send_task(name, queue=queue, retry=False), robust=True
    )


@shared_task(name="campaigns.launching.prepare")
def prepare(account_id: int, campaign_id: int) -> None:
    """Prepare a launched campaign to its end."""
    if preparing.prepare(account_id, campaign_id):
        ring(SEND)


def ring_prepare(account_id: int, campaign_id: int) -> None:
    """Prepare after the open transaction was committed."""
    ids = (account_id, campaign_id)
    transaction.on_commit(lambda: prepare.apply_async(ids, retry=False), robust=True)


@shared_task(name="campaigns.launching.launch_due")
def launch_due(account_id: int, campaign_id: int) -> None:
    """Launch a scheduled campaign; tell whoever scheduled it if its checks held it."""
    held = launch.launch_due(account_id, campaign_id)
    if held is None:
        prepare.delay(account_id, campaign_id)
    else:
        hand_over_mail(to=held.to, subject=held.subject, text=held.text)


@shared_task(name="campaigns.launching.join")
def join(account_id: int, campaign_id: int) -> None:
    """Look for people who joined the segments."""
    joining.join(account_id, campaign_id)


@shared_task(name="campaigns.launching.close_waits")
def close_waits(account_id: int, campaign_id: int) -> None:
    """Close who did not answer in time."""
    waiting.close_waits(account_id, campaign_id, now=timezone.now())


_ACTIVITIES = {
    "launch": launch_due,
    "prepare": prepare,
    "join": join,
    "close_waits": close_waits,
}


@shared_task(name="campaigns.launching.tend")
def tend() -> None:
    """Every few seconds: move campaigns on, and ring for whatever was missed or is due."""
    advancing.advance()
    for tended in advancing.to_tend():
        ids = (tended.account_id, tended.campaign_id)
        _ACTIVITIES[tended.activity].apply_async(ids, expires=10)
