"""Settings of the test suite: real PostgreSQL and Redis, fast password hashing, no built files.

Each process of a parallel run (gw0, gw1, ...) has a Redis database of its own: 1, 2, ...
"""

import os
from urllib.parse import urlsplit, urlunsplit

os.environ.setdefault("SECRET_KEY", "test-secret-key-test-secret-key-test-secret-key-0001")
os.environ.setdefault("ADDRESS_HASH_KEY", "test-address-hash-key")
os.environ.setdefault("TOKEN_KEY", "test-token-key")
os.environ.setdefault("CREDENTIALS_KEY", "test-credentials-key")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("TRACKING_URL", "http://tracking.testserver")
os.environ.setdefault("DATABASE_URL", "postgres://assent@/assent")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")

from settings.base import *  # noqa: F403
from settings.base import DATABASES, REDIS_URL

ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True  # no collected files are needed
DATABASES["default"]["TEST"] = {"NAME": f"test_{os.environ.get('TEST_DB', 'assent')}"}
DATABASES["default"]["CONN_MAX_AGE"] = 0
ACCOUNT_RATE_LIMITS = False
WRONG_LINKS_PER_NETWORK = 0
# A busy machine is no Redis that is away: in tests that one refuses connections.
RATES_TIMEOUT_S = WRONG_LINKS_TIMEOUT_S = 20.0
SENDING_LEASE_SECONDS = float(os.environ.get("SENDING_LEASE_SECONDS", "30"))


def _own_redis(url: str, worker: str) -> str:
    """A child of a test is told its database by number, and keeps it."""
    is_socket = url.startswith("redis+socket:")
    is_numbered = "virtual_host=" in url if is_socket else urlsplit(url).path not in {"", "/", "/0"}
    if not worker or is_numbered:
        return url
    number = int(worker.removeprefix("gw")) + 1
    if is_socket:
        return f"{url}?virtual_host={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


REDIS_URL = _own_redis(REDIS_URL, os.environ.get("PYTEST_XDIST_WORKER", ""))
