"""Where Celery finds the tasks of this app."""

from consent.asking.tasks import expire
from consent.importing.tasks import ring, run
from consent.ledger.tasks import verify

__all__ = ["expire", "ring", "run", "verify"]
