"""The nightly forgetting."""

from celery import shared_task

from consent.erasing.retaining import forget_everywhere


@shared_task(name="consent.erasing.forget")
def forget() -> None:
    """Let go what was kept long enough, in every account."""
    forget_everywhere()
