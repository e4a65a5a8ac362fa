"""The workers and the clock of the product as real processes, and ways to kill them.

Each is told its Redis database by number and dies with the test that started it.
"""

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import redis

from bin.processes import CELERY, WORKER
from bin.running.supervisor import Child
from tests.browser.stack import claimed, redis_spelling
from tests.crash.workers import environment

COMMANDS: dict[str, tuple[str, ...]] = {
    "send": (*WORKER, "-n", "send@%h", "-Q", "send", "-c", "2"),
    "rest": (*WORKER, "-n", "rest@%h", "-Q", "now,default", "-c", "2"),
    "beat": (*CELERY, "beat", "--pidfile="),
}


class Product:
    """Worker for campaign mail, worker for all the rest, clock; whoever dies is started again."""

    commands: Mapping[str, tuple[str, ...]] = COMMANDS

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = environment
        self._folder = folder
        self._children: dict[str, Child] = {}
        self._redis = redis.Redis.from_url(redis_spelling(environment["REDIS_URL"]))
        self.killed: list[str] = []

    def start_missing(self) -> None:
        """Start whatever does not run."""
        for name, command in self.commands.items():
            child = self._children.get(name)
            if child is not None and child.code() is None:
                continue
            if child is not None:
                child.kill()  # what is left of its group
            log = self._folder / f"{name}-{len(self.killed)}.log"
            words = [sys.executable, "-m", *command, "-l", "WARNING"]
            self._children[name] = Child(name=name, command=words, log=log, env=self._environment)
            self._children[name].start()

    def disturb(self, chance: random.Random) -> None:
        """One of the accidents, at random."""
        accidents: list[Callable[[random.Random], str]] = [
            self.kill_process_of_worker,
            self.kill_process_of_worker,
            self.kill_worker,
            self.kill_parent,
            self.kill_beat,
            self.empty_redis,
        ]
        self.killed.append(chance.choice(accidents)(chance))

    def kill_process_of_worker(self, chance: random.Random) -> str:
        """One of the processes a worker forked; Celery forks another."""
        name = chance.choice(["send", "rest"])
        forked = children_of(self._children[name].pid)
        if forked:
            kill(chance.choice(forked))
        return f"a process of {name}"

    def kill_worker(self, chance: random.Random) -> str:
        """A worker with all its processes."""
        name = chance.choice(["send", "rest"])
        self._children[name].kill()
        return f"the worker {name}"

    def kill_parent(self, chance: random.Random) -> str:
        """A worker's parent only; its processes are orphans until it is started again."""
        name = chance.choice(["send", "rest"])
        kill(self._children[name].pid)
        return f"the parent of {name}"

    def kill_beat(self, chance: random.Random) -> str:
        """The clock."""
        self._children["beat"].kill()
        return "beat"

    def empty_redis(self, chance: random.Random) -> str:
        """Every task that waits, and all Celery knows of its queues."""
        self._redis.flushdb()
        return "Redis emptied"

    def end(self) -> None:
        """Nothing is left."""
        for child in self._children.values():
            child.kill()
        self._redis.close()


@contextmanager
def product(url: str, state: Path, email_url: str) -> Iterator[Product]:
    """The product on the test's database and a Redis database of its own."""
    with claimed(url) as own:
        running = Product(environment(state, email_url) | {"REDIS_URL": own}, state / "logs")
        try:
            running.start_missing()
            yield running
        finally:
            running.end()


def children_of(pid: int) -> list[int]:
    """Process ids of a process's own children."""
    listed = subprocess.run(
        ["ps", "-A", "-o", "pid=,ppid="], check=True, capture_output=True, text=True
    )
    pairs = [line.split() for line in listed.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


def kill(pid: int, number: signal.Signals = signal.SIGKILL) -> None:
    """The signal, if it still lives."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
