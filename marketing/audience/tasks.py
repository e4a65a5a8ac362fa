"""Bells of the contacts: they carry ids, decide nothing, and may be lost, doubled or late."""

from celery import shared_task

from marketing.audience import exporting, noticing


@shared_task(name=exporting.TASK, queue="default")
def export(account_id: int, export_id: int) -> None:
    """Make the file of one export of contacts."""
    exporting.make_export(account_id, export_id)


@shared_task(name="marketing.audience.notice_rules", queue="default")
def notice_rules() -> None:
    """What a version of the rules that began today makes true about accounts."""
    noticing.notice_everywhere()
