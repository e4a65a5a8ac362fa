"""Settings shared by all places. Secrets and addresses come from the environment."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dj_database_url

from settings.environment import flag, names, required

BASE_DIR = Path(__file__).resolve().parent.parent

SECRET_KEY = required("SECRET_KEY", "signs sessions and forms, 50 random characters")
# Never rotated: contact, standing, request and suppression are joined on the keyed hash.
ADDRESS_HASH_KEY = required("ADDRESS_HASH_KEY", "keys the hash of addresses, kept for ever")
TOKEN_KEY = required("TOKEN_KEY", "signs the links in mails, kept as long as mails are read")
DEBUG = False
ALLOWED_HOSTS = names("ALLOWED_HOSTS", "localhost,127.0.0.1")
CSRF_TRUSTED_ORIGINS = names("CSRF_TRUSTED_ORIGINS")
SITE_URL = required("SITE_URL", "where members and recipients reach the web pages").rstrip("/")
TRACKING_URL = required("TRACKING_URL", "where mails load pixel and links").rstrip("/")

INSTALLED_APPS = [
    "marketing",
    "consent",
    "campaigns",
    "tracking",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "django_htmx",
    "csp",
    "anymail",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketing.accounts.context.shell",
            ],
        },
    },
]

ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"

# --- database: the login role owns nothing (docs/tenancy.md) -------------------------------


def database(url: str, role: str = "") -> dict[str, Any]:
    """One entry of DATABASES; `role` is assumed by SET ROLE on connecting (migrations)."""
    entry: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=60))
    entry.setdefault("OPTIONS", {})
    if role:
        entry["OPTIONS"]["assume_role"] = role
    return entry


DATABASE_URL = required("DATABASE_URL", "the PostgreSQL database, login role assent")
TRACKING_DATABASE_URL = os.environ.get("TRACKING_DATABASE_URL", DATABASE_URL)
DATABASES = {"default": database(DATABASE_URL, os.environ.get("DATABASE_ROLE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- accounts -----------------------------------------------------------------------------

AUTH_USER_MODEL = "marketing.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "marketing:accounts"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "marketing.opening.adapter.AccountAdapter"
ACCOUNT_FORMS = {"signup": "marketing.opening.forms.SignUpForm"}
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is mailed who did not ask

# --- mail -----------------------------------------------------------------------------------

# EMAIL_URL: relays ("smtp://a?weight=3, smtps://user:pass@b"), or "direct:" to the receivers' own
# servers. Else any Django backend by EMAIL_BACKEND, anymail's included. See docs/sending.md.
EMAIL_URL = os.environ.get("EMAIL_URL", "")
EMAIL_BACKEND = os.environ.get("EMAIL_BACKEND", "")
MAIL_DOMAIN = os.environ.get("MAIL_DOMAIN", "mail.assent.example")  # Message-ID and bounces
# What our receiving server calls itself in Authentication-Results; complaints that failed its check
# are put aside. "": it writes none, only the signed key in a complaint counts.
INBOUND_AUTHSERV_ID = os.environ.get("INBOUND_AUTHSERV_ID", "")
# A mailbox to poll by IMAP over TLS, where no mail server hands over to the inbound process:
# "imaps://user:password@host/folder", percent-encoded; docs/operating.md says more.
INBOUND_IMAP_URL = os.environ.get("INBOUND_IMAP_URL", "")
# Reports of bounces and complaints are kept so long; never less than the soft ones are counted.
INBOUND_REPORT_DAYS = max(60, int(os.environ.get("INBOUND_REPORT_DAYS", "400")))
# Replies of people handed on to an account's senders in an hour; more wait for the next one.
REPLIES_PER_HOUR = int(os.environ.get("REPLIES_PER_HOUR", "300"))
# Name servers for looking at sender domains, "9.9.9.9,1.1.1.1:53"; "": those of the machine.
DNS_SERVERS = [
    (address, int(port or 53))
    for address, _, port in (
        server.strip().partition(":") for server in os.environ.get("DNS_SERVERS", "").split(",")
    )
    if address
]
DNS_TIMEOUT_S = 5.0  # each question
# Whether a sender's domain must be verified before a campaign may be launched.
REQUIRE_SENDER_DOMAIN = os.environ.get("REQUIRE_SENDER_DOMAIN", "") == "1"
# An account's imports wait for `manage.py release_import` once they bring more people than this
# altogether; 0: never. Production has 10,000.
HOLD_IMPORTS_OVER = int(os.environ.get("HOLD_IMPORTS_OVER", "0"))
# Mails of a new account on its first day, half as many more after each clean day, until it has
# reached the other number; 0: no such limit. Production has 1,000 and 50,000.
NEW_ACCOUNT_MAILS = int(os.environ.get("NEW_ACCOUNT_MAILS", "0"))
NEW_ACCOUNT_UNTIL = int(os.environ.get("NEW_ACCOUNT_UNTIL", "50000"))
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", f"Assent <no-reply@{MAIL_DOMAIN}>")

# Seals passwords and keys of accounts; the first of several seals, all open. "": none are kept.
CREDENTIALS_KEY = os.environ.get("CREDENTIALS_KEY", "")
# "relay=50/second; account=100000/day; group:google.com=500/minute": over all accounts.
SENDING_LIMITS = os.environ.get("SENDING_LIMITS", "")
SENDING_MAILS_PER_CONNECTION = int(os.environ.get("SENDING_MAILS_PER_CONNECTION", "100"))
SENDING_CONNECTIONS = int(os.environ.get("SENDING_CONNECTIONS", "10"))  # of each process
# Processes of the queue `send` on all machines together; by default those of this one's cores.
SENDING_PROCESSES = int(os.environ.get("SENDING_PROCESSES", "0")) or os.cpu_count() or 2
SENDING_LEASE_SECONDS = 30.0  # how long a worker may be silent before others take its people
# A provider that answers 429 or 5xx for so many seconds pauses the campaign.
PROVIDER_PATIENCE = timedelta(seconds=float(os.environ.get("PROVIDER_PATIENCE", "60")))
# Direct delivery: the receivers' port, and whether their servers may stand in our own network.
# Others than these make sense where no mail is to leave the house, as in tests.
DIRECT_PORT = int(os.environ.get("DIRECT_PORT", "25"))
DIRECT_TO_PRIVATE = flag("DIRECT_TO_PRIVATE")
# Login mails and notices are signed by these, "selector:/path/to/key.pem, ...". Mail of accounts
# has keys of its own (Settings > Domains).
MAIL_DKIM_KEYS = names("MAIL_DKIM_KEYS")
# Mail servers of accounts in our own network, at whatever port: only where every account is ours.
OWN_RELAYS_ANYWHERE = flag("OWN_RELAYS_ANYWHERE")

# --- background -------------------------------------------------------------------------------

REDIS_URL = required("REDIS_URL", "the Redis that carries Celery's tasks")
# In front of the keys of sending limits; a name for each where several houses share one Redis.
RATES_NAMESPACE = os.environ.get("RATES_NAMESPACE", "")
RATES_TIMEOUT_S = 1.0  # for an answer of Redis; without one nothing is sent for two seconds
STATE_DIR = Path(os.environ.get("STATE_DIR", BASE_DIR / ".local"))  # journals, files of members

# --- pages ------------------------------------------------------------------------------------

FORM_RENDERER = "django.forms.renderers.TemplatesSetting"  # our widgets know the kit
LANGUAGE_CODE = "en"
# Of the public pages and the request mail, chosen per person; members' pages are in English.
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGES = [("en", "English"), ("fr", "Français"), ("de", "Deutsch")]
WRONG_LINKS_PER_NETWORK = 60  # in ten minutes; then public pages answer 429 to further ones
WRONG_LINKS_TIMEOUT_S = 0.2  # for an answer of Redis; without one a wrong link is not counted
TIME_ZONE = "UTC"
USE_TZ = True
USE_I18N = True
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "frontend" / "dist"] if path.is_dir()]
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
FILE_UPLOAD_MAX_MEMORY_SIZE = 2_500_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_500_000

# Not "no-referrer": browsers then post with "Origin: null", which the CSRF check refuses. Public
# pages carry tokens in their URLs and send "no-referrer" themselves.
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = urlsplit(SITE_URL).scheme == "https"
CSRF_COOKIE_SAMESITE = "Lax"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "frame-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- logs: to stderr, for whatever collects them; addresses and tokens never go in -----------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    # Django's own handlers would mail admins and stay silent without DEBUG.
    "loggers": {"django": {"handlers": [], "level": "WARNING", "propagate": True}},
}
