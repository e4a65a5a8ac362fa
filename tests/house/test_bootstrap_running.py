"""Supervisor and servers of the bootstrap, with real processes and real kills."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from bin.places import ROOT, Place

GONE_S = 60


@dataclass
class Run:
    """One supervisor of tests/house/supervised.py."""

    process: subprocess.Popen[str]
    made: dict[str, Any]

    def end(self, number: signal.Signals) -> int:
        os.kill(self.process.pid, number)
        return self.process.wait(GONE_S)


class Starter:
    """Starts runs in one folder and leaves nothing behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs: list[Run] = []

    def start(self, kind: str) -> Run:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.house.supervised", kind, str(self.folder)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        line = process.stdout.readline()
        run = Run(process, json.loads(line) if line.startswith("{") else {"said": line.strip()})
        self.runs.append(run)
        return run

    def finish(self) -> None:
        for run in self.runs:
            if run.process.poll() is None:
                run.end(signal.SIGTERM)
            if run.process.stdout is not None:
                run.process.stdout.close()
        Place("trial", self.folder).forget()


@pytest.fixture
def starter(tmp_path: Path) -> Iterator[Starter]:
    starter = Starter(tmp_path / "a place")
    starter.folder.mkdir()
    yield starter
    starter.finish()


def is_alive(pid: int) -> bool:
    """A zombie counts as gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def group_of(leader: int) -> list[int]:
    """Everything in the session that a child leads."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == leader:
            found.append(int(entry.name))
    return found


def family_of(run: Run) -> list[int]:
    """A child and its own child, once both are there."""
    until = time.monotonic() + GONE_S
    while len(found := group_of(run.made["family"])) < 2:
        assert time.monotonic() < until
        time.sleep(0.05)
    return found


def wait_until_gone(pids: list[int]) -> None:
    until = time.monotonic() + GONE_S
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < until, f"still there: {[p for p in pids if is_alive(p)]}"
        time.sleep(0.05)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_asked_supervisor_leaves_nobody_behind(starter: Starter, number: signal.Signals) -> None:
    run = starter.start("sleepers")
    family = family_of(run)
    assert run.end(number) == 0
    wait_until_gone([*family, run.made["stubborn"]])


def test_the_children_of_a_killed_supervisor_end_and_theirs_and_the_deaf_too(
    starter: Starter,
) -> None:
    run = starter.start("sleepers")
    family = family_of(run)
    run.end(signal.SIGKILL)
    wait_until_gone([*family, run.made["stubborn"]])


def test_one_childs_death_stops_all_and_says_which(starter: Starter) -> None:
    run = starter.start("sleepers")
    family = family_of(run)
    os.kill(run.made["stubborn"], signal.SIGKILL)
    assert run.process.wait(GONE_S) == 1
    assert run.process.stdout is not None
    assert "stubborn ended (signal 9)" in run.process.stdout.read()
    wait_until_gone(family)


def test_the_servers_end_with_a_killed_supervisor_and_start_again(starter: Starter) -> None:
    run = starter.start("servers")
    with psycopg2.connect(run.made["url"]) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 7 AS n")
    connection.close()
    run.end(signal.SIGKILL)
    wait_until_gone([run.made["postgres"], run.made["redis"]])
    assert kept_number(starter.start("servers")) == 7


def test_a_killed_postgresql_leaves_locks_that_do_not_matter(starter: Starter) -> None:
    run = starter.start("servers")
    os.kill(run.made["postgres"], signal.SIGKILL)
    assert run.process.wait(GONE_S) == 1
    left = Path(run.made["data"]) / "postmaster.pid"
    assert left.is_file()
    # the worst case: the number in it is somebody else's by now
    lines = left.read_text().split("\n")
    left.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    again = starter.start("servers")
    assert "postgres" in again.made, again.made
    assert is_alive(os.getpid())


def test_a_second_run_on_the_same_state_is_refused_in_one_line(starter: Starter) -> None:
    starter.start("sleepers")
    second = starter.start("sleepers")
    assert second.made["said"] == "make trial runs here already: stop it with Ctrl-C first."
    assert second.process.wait(GONE_S) == 1


def kept_number(run: Run) -> int:
    connection = psycopg2.connect(run.made["url"])
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT n FROM kept")
            return int(cursor.fetchall()[0][0])
    finally:
        connection.close()
