"""Who holds a lease: one locked file per process, freed by the kernel when the process dies.

The reaper tries the locks of this host; a lock it gets belonged to a dead worker, whose leases are
free at once instead of after 30 seconds (trial of the engine, 3).
"""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

_HOST = socket.gethostname().replace("/", "_")[:40]
_mine: dict[int, tuple[str, int]] = {}  # process id: name and open file; a fork makes its own


def folder(name: str) -> Path:
    """A folder of the workers' own state on this host."""
    path: Path = Path(settings.STATE_DIR) / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def worker_name() -> str:
    """The name of this process as it stands in leases; its lock is held until it dies."""
    pid = os.getpid()
    if pid not in _mine:
        name = f"{_HOST}.{pid}-{time.time_ns()}"
        path = folder("workers") / name
        handle = os.open(path.with_suffix(path.suffix + ".new"), os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Renamed when locked, so that the reaper never sees it free.
        path.with_suffix(path.suffix + ".new").rename(path)
        _mine[pid] = (name, handle)
    return _mine[pid][0]


def dead_workers() -> list[str]:
    """Names of this host's workers whose process is gone."""
    own = _mine.get(os.getpid(), ("", 0))[0]
    return [
        path.name
        for path in folder("workers").glob(f"{_HOST}.*")
        if path.name != own and not path.name.endswith(".new") and _is_free(path)
    ]


def forget(name: str) -> None:
    """Remove a dead worker's file."""
    (folder("workers") / name).unlink(missing_ok=True)


@contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether this process is the only one of this host in here; freed when it dies."""
    handle = os.open(folder("alone") / name, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        yield _takes(handle)
    finally:
        os.close(handle)


def _is_free(path: Path) -> bool:
    try:
        handle = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return _takes(handle)
    finally:
        os.close(handle)


def _takes(handle: int) -> bool:
    """Lock the file, unless another process has."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
