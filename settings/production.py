"""Settings for real use: https only, hashed static files, everything from the environment."""

import os

from settings.base import *  # noqa: F403

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
SECURE_SSL_REDIRECT = True
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"

# Strangers send from here: what one account does decides where the mail of all others arrives.
REQUIRE_SENDER_DOMAIN = os.environ.get("REQUIRE_SENDER_DOMAIN", "1") == "1"
HOLD_IMPORTS_OVER = int(os.environ.get("HOLD_IMPORTS_OVER", "10000"))
NEW_ACCOUNT_MAILS = int(os.environ.get("NEW_ACCOUNT_MAILS", "1000"))
