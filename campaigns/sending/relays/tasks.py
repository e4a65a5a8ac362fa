"""The bell of testing an account's own relay."""

from celery import shared_task
from django.db import transaction

from campaigns.sending.relays import testing


@shared_task(name="campaigns.sending.prove_relay", queue="now")
def prove_relay(account_id: int) -> None:
    """Send the test mail that a member asked for."""
    testing.prove_relay(account_id)


def ring_test(account_id: int) -> None:
    """Test after the open transaction was committed."""
    transaction.on_commit(lambda: prove_relay.apply_async((account_id,), retry=False), robust=True)
