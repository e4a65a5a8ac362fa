"""Worker processes of a test: started on its database, killed when it ends."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


def environment(state: Path, email_url: str) -> dict[str, str]:
    """The environment of a process on the test's own database."""
    settings = connection.settings_dict
    host = settings["HOST"] or settings.get("OPTIONS", {}).get("host", "")
    port = f"&port={settings['PORT']}" if settings["PORT"] else ""
    name = settings["NAME"]
    user = settings["USER"]
    secret = f":{settings['PASSWORD']}" if settings["PASSWORD"] else ""
    return os.environ | {
        "DATABASE_URL": f"postgres://{user}{secret}@/{name}?host={host}{port}",
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "STATE_DIR": str(state),
        "EMAIL_URL": email_url,
        "PYTHONPATH": str(ROOT),
    }


@contextmanager
def workers(count: int, *, state: Path, email_url: str) -> Iterator[list[subprocess.Popen[str]]]:
    """This many workers, ready to work; whoever still lives is killed at the end."""
    started = [_start(state, email_url) for _ in range(count)]
    try:
        for process in started:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        yield started
    finally:
        for process in started:
            process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()


def _start(state: Path, email_url: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.crash.worker"],
        env=environment(state, email_url),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def until(condition: Callable[[], bool], *, seconds: float, what: str) -> float:
    """Wait for a condition; how long it took. Fails with `what` when it never came true."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds, f"Waited {seconds:g} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began
