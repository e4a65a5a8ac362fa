"""The tracking endpoint for granian (RSGI). Reads its few settings itself: no Django here."""

import os

from marketing.tokens import Tokens
from tracking.endpoint.application import Endpoint
from tracking.endpoint.storing import Writer
from tracking.endpoint.targets import Targets


def _redis_url(celery_url: str) -> str:
    """Celery's spelling of a unix socket in redis-py's."""
    if celery_url.startswith("redis+socket://"):
        return celery_url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
    return celery_url


_DATABASE_URL = os.environ.get("TRACKING_DATABASE_URL") or os.environ["DATABASE_URL"]

application = Endpoint(
    Tokens.from_setting(os.environ["TOKEN_KEY"]),
    Writer(_DATABASE_URL, _redis_url(os.environ["REDIS_URL"])),
    Targets(_DATABASE_URL),
    forwarded=os.environ.get("TRUST_FORWARDED_FOR", "") == "1",
)
