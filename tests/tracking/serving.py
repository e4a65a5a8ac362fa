"""The tracking endpoint as a process of a test, and a browser that follows no redirect."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from marketing.tokens import Tokens
from tests.ports import KeptPort
from tracking.endpoint.backlog import redis_url_of, waiting_in

BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0", "Accept-Language": "en"}
tokens = Tokens.from_setting(settings.TOKEN_KEY)


class NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments, **options):
        return None


opener = urllib.request.build_opener(NoRedirect)


def fetch(url: str, method: str = "GET", **headers: str) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(url, method=method, headers=BROWSER | headers)
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
    except urllib.error.HTTPError as error:
        return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


def database_url(user: str) -> str:
    parameters = connection.get_connection_params()
    host = quote(parameters.get("host", ""), safe="")
    return f"postgresql://{user}@/{parameters['dbname']}?host={host}"


@contextmanager
def running_endpoint() -> Iterator[str]:
    """Where it answers; it ends with the block."""
    kept = KeptPort()
    port = kept.number
    process = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1"]
        + ["--port", str(port), "--no-ws", "settings.tracking_app:application"],
        env=os.environ
        | {
            "TRACKING_DATABASE_URL": database_url("assent_tracking"),
            "TOKEN_KEY": settings.TOKEN_KEY,
            "REDIS_URL": settings.REDIS_URL,
        },
        stdout=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while not _is_healthy(url):
            assert time.monotonic() < until, "the endpoint does not answer"
            time.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(120)
        kept.free()


def wait_until_nothing_waits() -> None:
    """The endpoint sets aside what the database is too slow for, and stores it a moment later."""
    until = time.monotonic() + 60
    while (left := waiting_in(redis_url_of(settings.REDIS_URL))) is not None and left.events:
        assert time.monotonic() < until, f"still {left}"
        time.sleep(0.05)


def _is_healthy(url: str) -> bool:
    try:
        return fetch(f"{url}/health")[0] == 200
    except OSError:
        return False
