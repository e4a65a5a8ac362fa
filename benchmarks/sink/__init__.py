"""An SMTP server that takes whatever comes, faster than anybody sends, and counts it.

In C where a compiler is found, built once into .local/bench; else the same in
Python on uvloop.
"""

import hashlib
import shutil
import smtplib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.copying import ROOT

_SOURCE = Path(__file__).with_name("sink.c")


@dataclass(frozen=True)
class Sink:
    """A running sink; `is_fast` where it is the one in C."""

    port: int
    pid: int
    is_fast: bool

    @property
    def messages(self) -> int:
        """How many were accepted so far."""
        with smtplib.SMTP("127.0.0.1", self.port) as asking:
            return int(asking.docmd("XCOUNT")[1].split()[0])


@contextmanager
def running(
    *, delay_ms: int = 0, recipients: Path | None = None, in_python: bool = False
) -> Iterator[Sink]:
    """A sink for the time of the block; each reply leaves `delay_ms` after what it answers.

    `recipients`: a file that gets a line "RCPT TO:<...>" for each accepted message.
    """
    program = None if in_python else _built()
    command = [str(program)] if program else [sys.executable, "-m", "benchmarks.sink.server"]
    command += [str(delay_ms), *([str(recipients)] if recipients else [])]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        yield Sink(port=port, pid=process.pid, is_fast=program is not None)
    finally:
        process.kill()
        process.communicate()


def _built() -> Path | None:
    """The program, compiled if its source is new; None without a compiler that can."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    digest = hashlib.sha256(_SOURCE.read_bytes()).hexdigest()[:12]
    program = ROOT / ".local" / "bench" / f"sink-{digest}"
    if not program.exists():
        program.parent.mkdir(parents=True, exist_ok=True)
        fresh = program.with_suffix(".new")
        made = subprocess.run(
            [compiler, "-O2", "-o", str(fresh), str(_SOURCE)], capture_output=True, check=False
        )
        if made.returncode != 0:
            return None
        fresh.rename(program)
    return program
