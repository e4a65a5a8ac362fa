"""The tracking endpoint for granian (RSGI). Reads its few settings itself: no Django here."""

import os

from marketing.tokens import Tokens
from tracking.endpoint.application import Endpoint
from tracking.endpoint.backlog import redis_url_of
from tracking.endpoint.hosts import Hosts
from tracking.endpoint.targets import Targets
from tracking.endpoint.writing import Writer

_DATABASE_URL = os.environ.get("TRACKING_DATABASE_URL") or os.environ["DATABASE_URL"]

application = Endpoint(
    Tokens.from_setting(os.environ["TOKEN_KEY"]),
    Writer(_DATABASE_URL, redis_url_of(os.environ["REDIS_URL"])),
    Targets(_DATABASE_URL),
    Hosts(_DATABASE_URL),
    forwarded=os.environ.get("TRUST_FORWARDED_FOR", "") == "1",
)
