"""The nightly look at every chain."""

from celery import shared_task

from consent.ledger.verifying import check_every_account


@shared_task(name="consent.ledger.verify")
def verify() -> None:
    """Write down for every account whether its chain is intact; pages show it."""
    for _ in check_every_account():
        pass
