"""Bells: they carry ids, decide nothing, and may be lost, doubled or late."""

from celery import shared_task
from django.utils import timezone

from consent.suppressed import exporting, importing


@shared_task(name=exporting.TASK, queue="default")
def export(account_id: int, export_id: int) -> None:
    """Make the file of one export of suppressed addresses."""
    exporting.make_export(account_id, export_id)


@shared_task(name="consent.suppressed.run", queue="default")
def run(account_id: int, import_id: int) -> None:
    """Bring one import of suppressed addresses to its end."""
    importing.run(account_id, import_id)


@shared_task(name="consent.suppressed.ring", queue="default")
def ring() -> None:
    """Each minute: ring again for imports that should run and do not move."""
    for account_id, import_id in importing.silent_imports(timezone.now()):
        run.delay(account_id, import_id)
