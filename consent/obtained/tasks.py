"""Bell of the export: it carries ids, decides nothing, and may be lost, doubled or late."""

from celery import shared_task

from consent.obtained import exporting


@shared_task(name=exporting.TASK, queue="default")
def export(account_id: int, export_id: int) -> None:
    """Make the file of one export of consents."""
    exporting.make_export(account_id, export_id)
