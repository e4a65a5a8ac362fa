"""Bells of tracking: tasks decide nothing and may be lost, doubled or late without harm."""

from celery import shared_task

from tracking.deliverability import braking, grouping, growing
from tracking.folding.partitioning import make_partitions
from tracking.folding.rejudging import rejudge_all
from tracking.folding.working import fold_all
from tracking.inbound.forgetting import forget_all
from tracking.inbound.replies import forwarding
from tracking.keeping.pruning import drop_old_partitions, forget_batch_names, prune_all
from tracking.keeping.recounting import recount_all
from tracking.measuring import checking
from tracking.statistics import exporting, exporting_numbers

FOLD_SECONDS = 5.0
REJUDGE_SECONDS = 20.0


@shared_task(name="tracking.folding.fold")
def fold() -> None:
    """Every two seconds: fold the events that came in."""
    fold_all(seconds=FOLD_SECONDS)


@shared_task(name="tracking.folding.make_event_partitions")
def make_event_partitions() -> None:
    """Once a day: make the partitions of the next months."""
    make_partitions()


@shared_task(name="tracking.folding.rejudge", queue="default")
def rejudge() -> None:
    """Each minute: judge history anew where the rules changed."""
    rejudge_all(seconds=REJUDGE_SECONDS)


@shared_task(name="tracking.keeping.prune", queue="default")
def prune() -> None:
    """Every night: what is older than its account keeps."""
    prune_all()
    drop_old_partitions()
    forget_batch_names()
    forget_all()


@shared_task(name="tracking.keeping.recount", queue="default")
def recount() -> None:
    """Every night: compare the sums with the rows behind them."""
    recount_all()


@shared_task(name="tracking.measuring.check_host", queue="default")
def check_host(account_id: int) -> None:
    """Look one account's own host up."""
    checking.check_host(account_id)


@shared_task(name="tracking.measuring.check_due_hosts", queue="default")
def check_due_hosts() -> None:
    """Each minute: hosts that nobody looked at for a day, and those whose bell was lost."""
    checking.check_due_hosts()


@shared_task(name=exporting.TASK, queue="default")
def export(account_id: int, export_id: int) -> None:
    """Make the file of one export of recipients."""
    exporting.make_export(account_id, export_id)


@shared_task(name=exporting_numbers.TASK, queue="default")
def export_numbers(account_id: int, export_id: int) -> None:
    """Make the file of one campaign's numbers."""
    exporting_numbers.make_numbers(account_id, export_id)


@shared_task(name="tracking.inbound.forward_replies", queue="default")
def forward_replies() -> None:
    """Each half minute: hand on replies of people."""
    forwarding.forward_due()


@shared_task(name="tracking.deliverability.count_groups", queue="default")
def count_groups() -> None:
    """Every ten minutes: mail by receiving group, where something happened."""
    grouping.count_all()


@shared_task(name="tracking.deliverability.grow", queue="default")
def grow() -> None:
    """Once an hour: let new accounts send more after each clean day."""
    growing.grow_all()


@shared_task(name="tracking.deliverability.watch", queue="default")
def watch() -> None:
    """Each half minute: pull the brake where complaints or bounces ask for it."""
    braking.watch_all()
