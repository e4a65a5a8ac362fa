"""Where Celery finds the tasks of this app."""

from consent.asking.tasks import expire
from consent.erasing.tasks import forget
from consent.importing.tasks import ring, run
from consent.ledger.tasks import verify
from consent.obtained.tasks import export
from consent.suppressed import tasks as suppressed

__all__ = ["expire", "export", "forget", "ring", "run", "suppressed", "verify"]
