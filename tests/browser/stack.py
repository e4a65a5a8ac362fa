"""The product as real processes: web, tracking, three workers and the clock, for one session."""

import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import redis

from bin.environment import for_tracking, of_program
from bin.places import PYTHON
from bin.processes import PRODUCT
from bin.running.supervisor import Child
from bin.trouble import tail_of
from tests.browser import database
from tests.browser.postbox import Postbox
from tests.ports import HOST, kept_ports

READY_S = 180
STOP_S = 20
CLAIM = "assent:browser-tests"
CLAIM_S = 1800


@dataclass(frozen=True)
class Stack:
    """Where everything is."""

    site: str
    tracking: str
    postbox: Postbox
    database: str
    children: tuple[Child, ...]

    def check(self) -> None:
        """Fails with the end of its log when a process has died."""
        for child in self.children:
            code = child.code()
            assert code is None, f"{child.name} ended with {code}: {tail_of(child.log, lines=20)}"


@contextmanager
def running(database_url: str, redis_url: str, *, name: str, logs: Path) -> Iterator[Stack]:
    """Database, Redis, processes and mail server; all of them end with the block."""
    ports = kept_ports(1 + max(3, *(process.port_offset or 0 for process in PRODUCT)))
    environment = {
        **os.environ,
        **of_program(),
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "STATE_DIR": str(logs),
        "SITE_URL": f"http://{HOST}:{ports[0]}",
        "TRACKING_URL": f"http://{HOST}:{ports[1]}",
        "EMAIL_URL": f"smtp://{HOST}:{ports[2]}",
    }
    with ExitStack() as ending:
        environment["REDIS_URL"] = ending.enter_context(claimed(redis_url))
        own = ending.enter_context(database.made(database_url, name, environment))
        environment |= {"DATABASE_URL": own, "TRACKING_DATABASE_URL": for_tracking(own)}
        children = ending.enter_context(processes(environment, ports, logs))
        postbox = Postbox(ports[2])
        postbox.start()
        ending.callback(postbox.stop)
        site, tracking = environment["SITE_URL"], environment["TRACKING_URL"]
        stack = Stack(site, tracking, postbox, name, children)
        wait_until_ready(stack)
        yield stack


@contextmanager
def processes(
    environment: Mapping[str, str], ports: list[int], logs: Path
) -> Iterator[tuple[Child, ...]]:
    """Those of the demo, each with one process of its own where the demo takes every core."""
    children = []
    for process in PRODUCT:
        extra: tuple[str, ...] = ()
        if process.port_offset is not None:
            extra = ("--host", HOST, "--port", str(ports[process.port_offset]))
        elif "worker" in process.command:
            extra = ("-c", "1")
        command = [str(PYTHON), "-m", *process.command, *extra]
        log = logs / f"{process.name}.log"
        children.append(Child(name=process.name, command=command, log=log, env=environment))
    try:
        for child in children:
            child.start()
        yield tuple(children)
    finally:
        for child in children:
            child.ask_to_stop()
        until = time.monotonic() + STOP_S
        for child in children:
            child.wait(until)


def wait_until_ready(stack: Stack) -> None:
    until = time.monotonic() + READY_S
    waiting = [stack.site, stack.tracking]
    while waiting:
        stack.check()
        assert time.monotonic() < until, f"no answer from {waiting[0]}"
        if is_answered(waiting[0]):
            waiting.pop(0)
        else:
            time.sleep(0.1)


def is_answered(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/", timeout=10).close()
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True


@contextmanager
def claimed(url: str) -> Iterator[str]:
    """The URL of a Redis database that no other run uses; emptied before and after."""
    for number in range(15, 0, -1):
        client = redis.Redis.from_url(redis_spelling(numbered(url, number)))
        if client.set(CLAIM, os.getpid(), nx=True, ex=CLAIM_S):
            client.flushdb()
            client.set(CLAIM, os.getpid(), ex=CLAIM_S)
            break
        client.close()
    else:
        raise AssertionError("all Redis databases are claimed")
    try:
        yield numbered(url, number)
    finally:
        client.flushdb()
        client.close()


def numbered(url: str, number: int) -> str:
    """Celery's URL of the database with that number."""
    if url.startswith("redis+socket://"):
        return f"{url.partition('?')[0]}?virtual_host={number}"
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))


def redis_spelling(url: str) -> str:
    """Celery's spelling of a unix socket in redis-py's."""
    return url.replace("redis+socket://", "unix://").replace("virtual_host=", "db=")
