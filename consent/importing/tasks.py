"""Bells of importing: they carry ids, decide nothing, and may be lost, doubled or late."""

from celery import shared_task
from django.utils import timezone

from consent.importing import running


@shared_task(name="consent.importing.run", queue="default")
def run(account_id: int, import_id: int) -> None:
    """Bring one import to its end."""
    running.run(account_id, import_id)


@shared_task(name="consent.importing.ring", queue="default")
def ring() -> None:
    """Each minute: ring again for imports that should run and do not move."""
    for account_id, import_id in running.silent_imports(timezone.now()):
        run.delay(account_id, import_id)
