"""Bells of this app: tasks decide nothing and may be lost, doubled or late without harm.

What has to be done is a row in a state; the dispatcher rings each second for whatever is open.
"""

import gc
from typing import Any

from celery import shared_task
from celery.signals import worker_process_init, worker_shutting_down

from campaigns.launching import tasks as launching_tasks
from campaigns.sending import dispatching, running, stopping, system_mails, workers
from campaigns.sending.relays import tasks as relay_tasks

__all__ = [
    "dispatch",
    "launching_tasks",
    "relay_tasks",
    "send",
    "send_due",
    "send_system_mail",
    "send_tests",
]


@worker_shutting_down.connect
def stop_sending(**more: Any) -> None:
    """Tell the worker's processes to finish what is open; the flag was mapped before the fork."""
    stopping.stop_all()


@worker_process_init.connect
def collect_seldom(**more: Any) -> None:
    """What a process is born with stays, and mails leave few cycles (6 us of each)."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@shared_task(name="campaigns.sending.dispatch", queue="now", expires=5)
def dispatch() -> None:
    """Ring for open chunks and due rows, each second."""
    needed = dispatching.needed()
    for _ in range(needed.send):
        send.apply_async(expires=10)
    for _ in range(needed.now):
        send_due.apply_async(expires=10)
    for _ in range(needed.tests):
        send_tests.apply_async(expires=10)


@shared_task(name="campaigns.sending.send", queue="send")
def send() -> None:
    """Send open chunks for one slice, then ring again."""
    if running.send_chunks():
        send.apply_async(expires=10)


@shared_task(name="campaigns.sending.send_due", queue="now")
def send_due() -> None:
    """Send what is due by itself: released people, retries, requests.

    One process of a worker does it at a time: the others are for the clock and login mails, which
    wait for nobody's slow relay.
    """
    with workers.alone("due") as is_alone:
        has_more = is_alone and running.send_due(seconds=2.0)
    if has_more:
        send_due.apply_async(expires=10)


@shared_task(name="campaigns.sending.send_tests", queue="now")
def send_tests() -> None:
    """Send test mails; one process of a worker at a time."""
    with workers.alone("tests") as is_alone:
        if is_alone:
            system_mails.send_tests(running.engine().transport)


@shared_task(name="campaigns.sending.send_system_mail", queue="now", bind=True, max_retries=20)
def send_system_mail(self: Any, to: str, subject: str, text: str, html: str = "") -> None:
    """Send a login mail; for 20 minutes if the server does not take it at once."""
    mail = {"to": to, "subject": subject, "text": text, "html": html}
    try:
        system_mails.send_system_mail(running.engine().transport, **mail)
    except system_mails.TryLater as later:
        raise self.retry(countdown=60, exc=later) from later
