"""PostgreSQL, Redis and the tracking endpoint of a test's own, each of which may be killed."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connections

from bin.places import ROOT, Place
from bin.processes import GRANIAN
from bin.running.supervisor import Child
from bin.serving import database
from bin.serving.postgres import Postgres
from bin.serving.valkey import Valkey
from tests.crash.product import children_of, kill
from tests.ports import kept_ports


class FarSide:
    """All of it; `stop` is what an accident calls, `start` makes it good again."""

    def __init__(self, folder: Path) -> None:
        self.place = place = Place("far", local=folder)
        place.make()
        self.folder = folder
        self.postgres = Postgres(place, careless=True)
        self.valkey = Valkey(place)
        self.servers = {"postgres": self.postgres.start(), "redis": self.valkey.start()}
        database.create(self.postgres)
        [self.port] = kept_ports(1)
        self.children: list[Child] = []
        self.respawned = 0

    @property
    def environment(self) -> Mapping[str, str]:
        """For processes on this side."""
        return {
            **os.environ,
            "DATABASE_URL": self.postgres.url("assent"),
            "TRACKING_DATABASE_URL": self.postgres.url("assent_tracking").replace(
                "postgres://", "postgresql://", 1
            ),
            "REDIS_URL": self.valkey.url,
            "DJANGO_SETTINGS_MODULE": "settings.test",
            "TOKEN_KEY": "test-token-key",
            "TRUST_FORWARDED_FOR": "1",
            "PYTHONPATH": str(ROOT),
        }

    def migrate(self) -> None:
        """Make the tables."""
        done = subprocess.run(
            [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"],
            cwd=ROOT,
            env={**self.environment, "DATABASE_ROLE": "assent_owner"},
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr

    @contextmanager
    def endpoint(self) -> Iterator[Child]:
        """Pixel and links as the product runs them, two processes that come back when killed."""
        command = [sys.executable, "-m", *GRANIAN, "--host", "127.0.0.1", "--workers", "2"]
        command += ["--port", str(self.port), "--interface", "rsgi", "--respawn-interval", "0.1"]
        child = self._child("endpoint", [*command, "settings.tracking_app:application"])
        until(lambda: healthy(self.port), what="the endpoint answers")
        try:
            yield child
        finally:
            child.kill()

    @contextmanager
    def folding(self) -> Iterator["Folding"]:
        """A folding worker that can be killed and started again."""
        folding = Folding(self)
        try:
            yield folding
        finally:
            folding.child.kill()

    def kill_endpoint_process(self, endpoint: Child) -> None:
        """kill -9 of one of the two; waits until another one has come."""
        before = children_of(endpoint.pid)
        kill(before[0])
        until(
            lambda: len(set(children_of(endpoint.pid)) - set(before)) > 0,
            what="the endpoint's process comes back",
        )

    def stop(self, name: str, number: signal.Signals) -> None:
        """End a server, by the signal; it is down when this returns."""
        child = self.servers[name]
        assert child.process is not None
        child.process.send_signal(number)
        child.process.wait(60)

    def start(self, name: str) -> None:
        """Start it again on the same data and socket."""
        server: Any = self.postgres if name == "postgres" else self.valkey
        self.servers[name].kill()
        self.servers[name] = server.start()

    def mend(self) -> None:
        """Whatever an earlier test left down runs again."""
        for name, child in list(self.servers.items()):
            if child.code() is not None:
                self.start(name)

    def end(self) -> None:
        """Nothing is left."""
        for child in [*self.children, *self.servers.values()]:
            child.kill()
        self.place.forget()

    def _child(self, name: str, command: list[str]) -> Child:
        log = self.folder / f"{name}-{len(self.children)}.log"
        child = Child(name=name, command=command, log=log, env=self.environment)
        child.start()
        self.children.append(child)
        return child

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Django in this process works on this side's database."""
        connection: Any = connections["default"]
        before = dict(connection.settings_dict)
        connection.close()
        connection.settings_dict |= {
            "NAME": "assent",
            "HOST": str(self.postgres.sock),
            "PORT": "",
            "USER": "assent",
            "OPTIONS": {},
        }
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict |= before


class Folding:
    """The folding worker."""

    def __init__(self, side: FarSide) -> None:
        self._side = side
        self._command = [sys.executable, "-m", "tests.crash.folder"]
        self.child = side._child("folding", self._command)

    def kill(self) -> None:
        """kill -9 in the middle of whatever it does, then another one."""
        self.child.kill()
        self.child = self._side._child("folding", self._command)


def healthy(port: int) -> bool:
    """Whether the endpoint stores."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def until(condition: Any, *, what: Any, seconds: float = 240) -> None:
    """Wait for a condition, however slow the machine."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"{seconds:g} s: {what() if callable(what) else what}"
        time.sleep(0.05)
