"""Fills the empty database that DATABASE_URL names."""

import os
from urllib.parse import urlsplit

import django

django.setup()

from benchmarks.dataset.making import fill  # noqa: E402 - Django comes first

fill(urlsplit(os.environ["DATABASE_URL"]).path.strip("/"))
