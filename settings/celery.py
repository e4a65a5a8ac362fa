"""The Celery application. A task is a bell, never the record of what has to be done."""

import os

from celery import Celery
from django.conf import settings

from settings.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")

app = Celery("assent", broker=settings.REDIS_URL, set_as_current=True)
app.set_default()  # set_as_current holds for one thread only; the web server has several
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_ignore_result=True,
    task_default_queue="default",
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_max_tasks_per_child=1000,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 3600},
    beat_schedule=SCHEDULE,
    beat_schedule_filename=str(settings.STATE_DIR / "beat"),
    timezone="UTC",
)
app.autodiscover_tasks(
    ["marketing", "marketing.audience", "marketing.exporting", "consent", "campaigns", "tracking"]
)
