"""Settings of the test suite: real PostgreSQL and Redis, fast password hashing, no built files."""

import os

os.environ.setdefault("SECRET_KEY", "test-secret-key-test-secret-key-test-secret-key-0001")
os.environ.setdefault("ADDRESS_HASH_KEY", "test-address-hash-key")
os.environ.setdefault("TOKEN_KEY", "test-token-key")
os.environ.setdefault("SITE_URL", "http://testserver")
os.environ.setdefault("TRACKING_URL", "http://tracking.testserver")
os.environ.setdefault("DATABASE_URL", "postgres://assent@/assent")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1/0")

from settings.base import *  # noqa: F403
from settings.base import DATABASES

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
