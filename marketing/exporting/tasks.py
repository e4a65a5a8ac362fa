"""Bells of exports: ring those that stand still by the name of their task, delete old files."""

from celery import current_app, shared_task
from django.utils import timezone

from marketing.exporting import running


@shared_task(name="marketing.exporting.ring", queue="default")
def ring() -> None:
    """Each minute: ring again for exports that should run and do not move."""
    for task, account_id, export_id in running.silent_exports(timezone.now()):
        current_app.send_task(task, args=[account_id, export_id], queue="default")


@shared_task(name="marketing.exporting.expire", queue="default")
def expire() -> None:
    """Each hour: files that were kept for a week go."""
    running.expire(timezone.now())
