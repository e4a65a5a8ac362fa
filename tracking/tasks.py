"""Bells of tracking: tasks decide nothing and may be lost, doubled or late without harm."""

from celery import shared_task

from tracking.folding.partitioning import make_partitions
from tracking.folding.working import fold_all

FOLD_SECONDS = 5.0


@shared_task(name="tracking.folding.fold")
def fold() -> None:
    """Every two seconds: fold the events that came in."""
    fold_all(seconds=FOLD_SECONDS)


@shared_task(name="tracking.folding.make_event_partitions")
def make_event_partitions() -> None:
    """Once a day: make the partitions of the next months."""
    make_partitions()
