"""How many wrong links one network may try before they are turned away without a look.

Working links are never limited: whoever shares a network with a guesser can still leave. Counted
in Redis, which may lose it; without Redis nobody is turned away.
"""

import ipaddress
import logging
from functools import cache
from typing import Any, Final

import redis
from django.conf import settings

PER_SECONDS: Final = 600
_log = logging.getLogger(__name__)


@cache
def _redis() -> Any:
    url = settings.REDIS_URL.replace("redis+socket:", "unix:").replace("virtual_host=", "db=")
    patience = settings.WRONG_LINKS_TIMEOUT_S
    return redis.Redis.from_url(url, socket_timeout=patience, socket_connect_timeout=patience)


def failed(ip: str) -> bool:
    """Count one wrong link of this address; True when its network had too many.

    `WRONG_LINKS_PER_NETWORK` of the settings in ten minutes; 0 counts nothing.
    """
    if not settings.WRONG_LINKS_PER_NETWORK:
        return False
    key = f"assent:wrong-links:{network_of(ip)}"
    try:
        with _redis().pipeline() as pipe:
            pipe.incr(key)
            pipe.expire(key, PER_SECONDS, nx=True)
            tries, _ = pipe.execute()
    except redis.RedisError as error:
        _log.warning("wrong links are not counted: %s", type(error).__name__)
        return False
    return int(tries) > settings.WRONG_LINKS_PER_NETWORK


def network_of(ip: str) -> str:
    """The /24 or /48 of an address: one reader behind many addresses counts once."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return "unknown"
    size = 24 if address.version == 4 else 48
    return str(ipaddress.ip_network(f"{address}/{size}", strict=False))
