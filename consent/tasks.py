"""Where Celery finds the tasks of this app."""

from consent.asking.tasks import expire
from consent.erasing.tasks import forget
from consent.importing.tasks import ring, run
from consent.ledger.tasks import verify
from consent.obtained.tasks import export

__all__ = ["expire", "export", "forget", "ring", "run", "verify"]
