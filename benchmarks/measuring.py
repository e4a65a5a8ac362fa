"""Wall time and CPU: our own process, its children, and PostgreSQL's with all its workers."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from django.db import connection

_TICK = os.sysconf("SC_CLK_TCK")


class Measured:
    """What a stretch of work took; `cpu` is None where the system does not tell."""

    seconds: float = 0.0
    cpu: float | None = None

    def cpu_us(self, items: int) -> float | None:
        """Microseconds of CPU per item."""
        return None if self.cpu is None else self.cpu / items * 1e6


@contextmanager
def measured(*pids: int) -> Iterator[Measured]:
    """Measure the block; `pids` are further processes whose CPU counts."""
    found = Measured()
    cpu, start = _cpu(pids), time.perf_counter()
    yield found
    found.seconds = time.perf_counter() - start
    after = _cpu(pids)
    found.cpu = None if cpu is None or after is None else after - cpu


def median_of(work: Callable[[], object], *, times: int) -> float:
    """Seconds of the middle run, after one that is not counted."""
    work()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return median(taken)


def cpu_of(pid: int) -> float:
    """CPU seconds of one process so far."""
    fields = _stat(pid)
    return (int(fields[11]) + int(fields[12])) / _TICK


def _cpu(pids: tuple[int, ...]) -> float | None:
    if not Path("/proc/self/stat").exists():
        return None
    return time.process_time() + _of_server() + sum(cpu_of(pid) for pid in pids)


def _of_server() -> float:
    """The postmaster's living children, and those it has buried."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        postmaster = _stat(cursor.fetchone()[0])[1]
    own = _stat(int(postmaster))
    ticks = int(own[13]) + int(own[14])
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = _stat(int(folder.name))
            except OSError:
                continue
            if fields[1] == postmaster:
                ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICK


def _stat(pid: int) -> list[str]:
    """Fields of /proc/pid/stat after the name: state, parent, ..., utime is 11."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
