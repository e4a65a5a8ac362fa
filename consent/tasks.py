"""Where Celery finds the tasks of this app."""

from consent.importing.tasks import ring, run

__all__ = ["ring", "run"]
