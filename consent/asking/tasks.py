"""Requests that nobody answered end after 12 months."""

from celery import shared_task

from consent.asking.requests import expire_everywhere


@shared_task(name="consent.asking.expire")
def expire() -> None:
    """End what is over, in every account."""
    expire_everywhere()
