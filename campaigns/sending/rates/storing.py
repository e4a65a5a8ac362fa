"""The Redis that rates live in: one client per process, scripts run on the server's own clock."""

import hashlib
import os
import time
from typing import Any, TypeVar

import redis
from django.conf import settings

K = TypeVar("K")
V = TypeVar("V")
_clients: dict[tuple[int, str], redis.Redis] = {}


class StoreAway(Exception):
    """Redis does not answer: nobody knows what was taken, so nothing may leave."""


def client() -> redis.Redis:
    """This process's client; made after the fork, and anew when the settings change."""
    mine = (os.getpid(), settings.REDIS_URL)
    found = _clients.get(mine)
    if found is None:
        made = redis.Redis.from_url(
            spelling_of_redis(settings.REDIS_URL),
            decode_responses=True,
            socket_timeout=settings.RATES_TIMEOUT_S,
            socket_connect_timeout=settings.RATES_TIMEOUT_S,
        )
        found = only_one(_clients, mine, made)
    return found


def only_one(kept: dict[K, V], key: K, made: V) -> V:
    """The value of this key, and of no other: threads that ask at once get the same one."""
    found = kept.setdefault(key, made)
    for other in list(kept):
        if other != key:
            kept.pop(other, None)
    return found


def key(*parts: str) -> str:
    """A key of ours. RATES_NAMESPACE keeps several houses on one Redis apart (tests, mostly)."""
    return ":".join(("rates", settings.RATES_NAMESPACE, *parts))


def spelling_of_redis(celery_url: str) -> str:
    """Celery's spelling of a unix socket in redis-py's."""
    return celery_url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")


class Script:
    """A Lua script; each of them is one moment for everybody."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sha = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()

    def run(self, *arguments: str) -> Any:
        """Run it; raises StoreAway."""
        try:
            try:
                return client().evalsha(self._sha, 0, *arguments)
            except redis.exceptions.NoScriptError:
                return client().eval(self._text, 0, *arguments)
        except redis.exceptions.RedisError as error:
            raise StoreAway(str(error)) from error


def read_hash(name: str) -> dict[str, str]:
    """A hash as it is now; raises StoreAway."""
    try:
        found: dict[str, str] = client().hgetall(name)  # type: ignore[assignment]
    except redis.exceptions.RedisError as error:
        raise StoreAway(str(error)) from error
    return found


def members_of(name: str) -> set[str]:
    """A set as it is now; raises StoreAway."""
    try:
        found: set[str] = client().smembers(name)  # type: ignore[assignment]
    except redis.exceptions.RedisError as error:
        raise StoreAway(str(error)) from error
    return found


def is_there(name: str) -> bool:
    """Whether a key exists; raises StoreAway."""
    try:
        return bool(client().exists(name))
    except redis.exceptions.RedisError as error:
        raise StoreAway(str(error)) from error


def seconds_since_first(name: str, *, keep: int = 7 * 86400) -> float:
    """Seconds since a thing was first noted, by whomever; 0 now. Raises StoreAway."""
    try:
        client().set(name, time.time(), nx=True, ex=keep)
        first = client().get(name)
    except redis.exceptions.RedisError as error:
        raise StoreAway(str(error)) from error
    return time.time() - float(str(first)) if first else 0.0
