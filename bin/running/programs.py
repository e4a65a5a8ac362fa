"""Starts single programs: to their end, for their answer, or as a child that dies with us."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from bin.trouble import Trouble, tail_of

PR_SET_PDEATHSIG = 1
SHORT_S = 60

Words = Sequence[str | Path]


def spawn(command: Words, *, end_signal: signal.Signals, **options: Any) -> subprocess.Popen[bytes]:
    """A child that gets `end_signal` from the kernel when we die (Linux; else see watchdog)."""
    return subprocess.Popen(
        [str(part) for part in command],
        preexec_fn=end_with_parent(end_signal),  # noqa: PLW1509 - we have one thread
        **options,
    )


def end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """What a child does before its program starts; after the change of user, so it is kept."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    parent = os.getpid()

    def ask() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        prctl(PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return ask


def end_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Sends a signal to a child that leads its own session, and to all it started."""
    try:
        os.killpg(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return


def run(
    command: Words,
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
) -> None:
    """Runs a command to its end, its output into the log; raises Trouble with the log's end."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = spawn(
            command,
            end_signal=signal.SIGTERM,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            code = process.wait()
        except BaseException:
            end_group(process, signal.SIGTERM)
            time.sleep(0.2)
            end_group(process, signal.SIGKILL)
            process.wait()
            raise
    if code:
        words = " ".join(str(part) for part in command[:4])
        raise Trouble(f"{words} ... failed ({code}), log in {log}:{tail_of(log, lines=20)}")


def captured(command: Words, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs a short command and keeps its output; the caller looks at the return code."""
    given: dict[str, Any] = {} if "input" in options else {"stdin": subprocess.DEVNULL}
    return subprocess.run(
        [str(part) for part in command],
        check=False,
        capture_output=True,
        text=True,
        **given,
        **options,
    )


def answers(command: Words) -> str | None:
    """What a short command prints, None when it is missing or fails."""
    try:
        done = captured(command, timeout=SHORT_S)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
