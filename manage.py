#!/usr/bin/env python
"""Django's command line, with the development settings unless told otherwise."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.development")
    import settings.celery  # noqa: F401  (commands ring for tasks, too: they need the broker)

    execute_from_command_line(sys.argv)
