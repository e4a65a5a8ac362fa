"""The web application for any WSGI server (granian in the demo)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.production")
application = get_wsgi_application()

import settings.celery  # noqa: E402, F401  (tasks that views ring for need the broker)
