"""Workers of the queue `send` for a benchmark; who waits for them learns at once when they died."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.copying import ROOT
from benchmarks.sink import Sink
from bin.processes import WORKER
from bin.trouble import tail_of

PROCESSES, CONNECTIONS = 2, 10


class WorkersDied(Exception):
    """They ended by themselves; the text holds their last words."""


@dataclass(frozen=True)
class Workers:
    """A running worker with its processes."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        """Of the parent."""
        return self.process.pid

    def check(self) -> None:
        """Raises WorkersDied unless they run."""
        code = self.process.poll()
        if code is not None:
            raise WorkersDied(f"The workers ended with {code}:{tail_of(self.log, lines=30)}")

    def wait(self, condition: Callable[[], bool], what: str, *, patience: float) -> None:
        """Until it holds; TimeoutError after so many seconds, WorkersDied as soon as they have."""
        began = time.monotonic()
        while not condition():
            self.check()
            if time.monotonic() - began > patience:
                raise TimeoutError(f"Waited in vain: {what}{tail_of(self.log, lines=30)}")
            time.sleep(0.1)  # looking costs the database too


@contextmanager
def running(far: Sink, state: Path) -> Iterator[Workers]:
    """Killed with all their processes at the end."""
    environment = os.environ | {
        "EMAIL_URL": f"smtp://127.0.0.1:{far.port}",
        "STATE_DIR": str(state),
        "SENDING_CONNECTIONS": str(CONNECTIONS),
    }
    words = [*WORKER, "-n", "bench@%h", "-Q", "send", "-c", str(PROCESSES), "-l", "ERROR"]
    path = state / "worker.log"
    with path.open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *words],
            env=environment,
            cwd=ROOT,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            yield Workers(process, path)
        finally:
            with suppress(ProcessLookupError):  # they died and were waited for
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
